import { expect, test } from 'vitest';
import { eventLine, isEventType } from '../../src/model/event.ts';
import type { Event } from '../../src/model/event.ts';
import { evolve } from '../../src/model/evolve.ts';
import { published, time } from '../helpers/given.ts';

const registered = { type: 'plan', version: 2, publisher: 'ann', time, schema: {} };
const settings = { format: 1, created: time };
const agent = { name: 'ann', registered: time };
const [, publication] = published({ id: 'auth/api' });

const cases: readonly (readonly [Event, line: string, changed: string])[] = [
  [{ type: 'store-created', settings }, 'store-created format 1', 'concord concord'],
  [{ type: 'agent-registered', agent }, 'agent-registered ann', 'agent ann'],
  [{ type: 'type-registered', registered }, 'type-registered plan@2', 'type plan'],
  [publication as Event, 'artifact-published auth/api@1', 'artifact auth/api'],
];

test.each(cases)('%o is written as "%s" and changes %s', (event, line, changed) => {
  expect(eventLine(event)).toBe(line);
  expect(evolve(event).map(({ kind, id }) => `${kind} ${id}`)).toEqual([changed]);
  expect(isEventType(event.type)).toBe(true);
});

test.each(['', 'toString', 'constructor', '__proto__', 'artifact-deleted'])(
  '%j is no event',
  (text) => expect(isEventType(text)).toBe(false),
);
