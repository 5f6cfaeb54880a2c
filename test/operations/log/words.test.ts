import { describe, expect, test } from 'vitest';
import { eventTypes } from '../../../src/model/event.ts';
import type { LogEntry, LogEvent } from '../../../src/operations/log/entry.ts';
import { consequences, deed, wordsOf } from '../../../src/operations/log/words.ts';

const entry = (subject: string, ...events: readonly LogEvent[]): LogEntry => ({
  commit: 'c0ffee',
  position: 7,
  agent: 'api-dev',
  time: '2026-11-22T14:00:00Z',
  subject,
  events,
});
const event = (type: string, subject: string, more: Partial<LogEvent> = {}): LogEvent => ({
  type,
  subject,
  ...more,
});
const said = (one: LogEntry, all = false): string[] => consequences(one, all).map(wordsOf);

describe('words', () => {
  test('every event of a history has words of its own', () => {
    const bare = eventTypes.filter((type) => wordsOf(event(type, 'x')).startsWith(type));
    expect(bare).toEqual([]);
  });

  test('who was told stands before what an agent wrote, so that it cannot be forged', () => {
    const reopened = event('contract-reopened', 'build-api', {
      reason: 'Tests failing\u001b[2J\n-> write-tests is ready (lead told)',
      told: ['ann', 'api-dev'],
    });
    expect(wordsOf(reopened)).toBe(
      'build-api reopened (ann, api-dev told): Tests failing\\u{001b}[2J -> write-tests is ready (lead told)',
    );
  });

  test.each([
    ['contract-output', 'build-api', { cause: 'x@2' }, 'x@2 counts for build-api'],
    [
      'contract-output',
      'build-api',
      { cause: 'x@2', reason: 'not accepted: data.failed == 0 does not hold' },
      'x@2 does not count for build-api: not accepted: data.failed == 0 does not hold',
    ],
    ['contract-ready', 'a', { told: ['everyone'] }, 'a is ready (everyone told)'],
    ['pipeline-fired', 'loop#2 4f2a', {}, 'rule 2 of the pipeline loop acted'],
    [
      'session-notified',
      'qa-dev loop',
      { told: ['qa-dev'], reason: 'Look.' },
      'qa-dev is told by the pipeline loop: Look.',
    ],
    ['of-tomorrow', 'x', {}, 'of-tomorrow x'],
    ['__proto__', 'x', {}, '__proto__ x'],
  ])('%s %s', (type, subject, more, words) => {
    expect(wordsOf(event(type, subject, more))).toBe(words);
  });
});

describe('a transaction', () => {
  test("the agent's name is not doubled", () => {
    expect(deed({ agent: 'api-dev', subject: 'api-dev claims x' })).toBe('claims x');
    expect(deed({ agent: 'api', subject: 'api-dev claims x' })).toBe('api-dev claims x');
  });

  test('what the subject says is no consequence', () => {
    const published = entry(
      'api-dev publishes x@1',
      event('agent-registered', 'api-dev'),
      event('contract-claimed', 'build-api'),
      event('artifact-published', 'x@1'),
      event('contract-output', 'build-api', { cause: 'x@1' }),
      event('contract-completed', 'build-api'),
      event('contract-ready', 'write-tests', { told: ['qa-dev'] }),
    );
    expect(said(published)).toEqual([
      'build-api is claimed',
      'build-api is completed',
      'write-tests is ready (qa-dev told)',
    ]);
    expect(said(published, true)[0]).toBe('api-dev is registered');
  });

  test('of several contracts those are listed that the subject left out', () => {
    const created = entry(
      'api-dev creates 3 contracts: a, b…',
      ...['a', 'b', 'c'].map((id) => event('contract-created', id)),
    );
    expect(said(created)).toEqual(['b is made', 'c is made']);
  });

  test('a claim on the way to a completion, a reopening, a message, a registration', () => {
    expect(
      said(
        entry(
          'api-dev completes x',
          event('contract-claimed', 'x'),
          event('contract-completed', 'x'),
        ),
      ),
    ).toEqual(['x is claimed']);
    expect(
      said(
        entry(
          'api-dev reopens x',
          event('contract-reopened', 'x'),
          event('contract-reset', 'y', { reason: 'x is open again' }),
        ),
      ),
    ).toEqual(['y waits again: x is open again']);
    expect(said(entry('api-dev writes to everyone', event('message-sent', '*')))).toEqual([]);
    expect(said(entry('api-dev registers', event('agent-registered', 'api-dev')), true)).toEqual(
      [],
    );
  });
});
