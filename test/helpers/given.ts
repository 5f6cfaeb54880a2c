import { expect } from 'vitest';
import { publish } from '../../src/model/artifact.ts';
import type { PublishRequest, Types } from '../../src/model/artifact.ts';
import type { Artifact } from '../../src/model/entity.ts';
import { ConcordError } from '../../src/model/error.ts';
import type { ErrorCode } from '../../src/model/error.ts';
import { eventLine } from '../../src/model/event.ts';
import type { Event } from '../../src/model/event.ts';
import { Transaction } from '../../src/model/transaction.ts';
import type { View } from '../../src/model/view.ts';

export const time = '2026-11-22T14:34:00Z';

/** A line on which nothing has happened. */
export const emptyView: View = {
  settings: () => undefined,
  agent: () => undefined,
  registeredType: () => undefined,
  latest: () => undefined,
  highest: () => 0,
  has: () => false,
  typeOf: () => undefined,
};

/** Two types that take any data but `{ bad: ... }`, each bad word a violation of its own. */
export const types: Types = {
  shipped: ['document', 'test-results'],
  check: (_type, _view, data) => {
    const bad = (data as { bad?: readonly string[] }).bad ?? [];
    return bad.map((word) => ({ path: `data.${word}`, expected: 'none', got: 'some' }));
  },
  example: (type) => (type === 'document' ? { title: 'An example' } : undefined),
};

/** A publish by ann of a document whose content is its data, changed where the test says so. */
export const request = (parts: Partial<PublishRequest> = {}): PublishRequest => ({
  id: 'x',
  data: { title: 'x' },
  agent: 'ann',
  time,
  content: (type) => `${type} ${JSON.stringify(parts.data ?? { title: 'x' })}`,
  ...parts,
});

/** The events of these publishes, one after the other; the type is `document` unless said. */
export const published = (...requests: readonly Partial<PublishRequest>[]): readonly Event[] => {
  let view: View = emptyView;
  return requests.flatMap((parts) => {
    const events = publish(view, request({ type: 'document', ...parts }), types);
    view = after(view, events);
    return events;
  });
};

/** The state after these events, each in a transaction of its own. */
export const after = (before: View, events: readonly Event[]): View =>
  events.reduce((view, event) => {
    const transaction = new Transaction(view);
    transaction.append([event]);
    return transaction.view;
  }, before);

type Outcome = {
  /** Exactly these events, as they stand in the history. */
  gives(...lines: readonly string[]): void;
  /** The last event publishes an artifact with these fields. */
  publishes(artifact: Partial<Artifact>): void;
  refuses(code: ErrorCode, text: RegExp): ConcordError;
  readonly events: () => readonly Event[];
};

/** Given what happened, when this is decided, then these are the events, or the refusal. */
export const given = (
  ...past: readonly Event[]
): { when(decide: (view: View) => readonly Event[], elsewhere?: Partial<View>): Outcome } => ({
  when: (decide, elsewhere = {}) => {
    const view = after({ ...emptyView, ...elsewhere }, past);
    const events = (): readonly Event[] => decide(view);
    return {
      events,
      gives: (...lines) => expect(events().map(eventLine)).toEqual(lines),
      publishes: (artifact) => expect(events().at(-1)).toMatchObject({ artifact }),
      refuses: (code, text) => {
        const error = refusal(events);
        expect(error.code).toBe(code);
        expect(error.message).toMatch(text);
        return error;
      },
    };
  },
});

/** What this is refused with. */
export const refusal = (run: () => unknown): ConcordError => {
  try {
    run();
  } catch (error) {
    if (error instanceof ConcordError) return error;
    throw error;
  }
  return expect.fail('nothing was refused');
};
