import { beforeEach, describe, expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { ok, storeRepository, within } from '../helpers/cli.ts';
import { notesInMemory } from '../../src/operations/session/notes.ts';
import { takeTurn } from '../../src/operations/session/wake.ts';
import { isOneShot } from '../../src/hook/one-shot.ts';
import { answered, told, waiter } from '../helpers/hook.ts';
import { git } from '../helpers/repository.ts';

let directory: string;
beforeEach(async () => {
  directory = await storeRepository();
});

const give = (id: string, more: object = {}): Promise<unknown> =>
  within(directory, 'ann-lee', ({ call }) =>
    call('contract_create', { contractId: id, assignee: 'api-dev', ...more }),
  );

const works = { CONCORD_AGENT: 'api-dev', CONCORD_WORK: '1' };
const woken = { code: 2, err: 'build-api is ready for api-dev.\n' };
const silent = { code: 0, err: '' };

describe('who waits behind an idle session', () => {
  test('wakes it with one line, once for the same work', async () => {
    await give('build-api');
    expect(await waiter(directory, 's1', works).ended).toEqual(woken);
    expect(await waiter(directory, 's1', works, 0).ended).toEqual(silent);
  });

  test('is woken by what becomes ready while it waits; the cursor stays where it was', async () => {
    const { ended } = waiter(directory, 's1', works);
    await sleep(1_000);
    await give('build-api');
    expect(await ended).toEqual(woken);
    expect(git(directory, 'for-each-ref', 'refs/concord').includes('inbox')).toBe(false);
  });

  test('is woken by time alone, when a lease ends', async () => {
    await give('build-api', { leaseSeconds: 3, maxAttempts: 2 });
    await ok(directory, ['claim', '--as', 'api-dev'], { env: { CONCORD_SESSION: 'gone' } });
    expect(await waiter(directory, 's1', works).ended).toEqual(woken);
  });

  test('is silent for a session of a person, and for one that has work in hand', async () => {
    await give('build-api');
    expect(await waiter(directory, 's1', { CONCORD_AGENT: 'api-dev' }).ended).toEqual(silent);
    await give('other');
    await ok(directory, ['claim', 'other'], { env: { ...works, CONCORD_SESSION: 's1' } });
    expect(await waiter(directory, 's1', works).ended).toEqual(silent);
  });

  test('gives way to a later one of its session', async () => {
    const first = waiter(directory, 's1', works);
    await sleep(1_500);
    const second = waiter(directory, 's1', works);
    expect(await first.ended).toEqual(silent);
    await give('build-api');
    expect(await second.ended).toEqual(woken);
  });

  test('wakes for a message, in words of its own', async () => {
    await within(directory, 'qa-dev', async ({ call }) => {
      await call('agent_register', { name: 'api-dev' });
      await call('message_send', { to: 'api-dev', text: 'Do as I say.', ask: true });
    });
    const { code, err } = await waiter(directory, 's1', works).ended;
    expect([code, err]).toEqual([2, 'api-dev has 1 item unread (latest: qa-dev: asks).\n']);
  });
});

describe('a session that cannot be idle', () => {
  test('is not waited for: one of a supervisor', async () => {
    await give('build-api');
    expect(await waiter(directory, 's1', { ...works, CONCORD_RUN: 'r1' }).ended).toEqual(silent);
  });

  test.each([
    ['claude -p go', true],
    ['claude --print --output-format json -- x', true],
    ['claude -p --input-format stream-json --verbose', false],
    ['claude --input-format=stream-json -p', false],
    ['claude', false],
    ['claude -- -p', false],
  ])('%s: %s', (line, oneShot) => {
    expect(isOneShot(line.split(' '))).toBe(oneShot);
  });

  test('is not waited for any longer once it has ended', async () => {
    const { ended } = waiter(directory, 's1', works);
    await sleep(1_500);
    await answered(directory, 'session-end', told(directory, 's1', { reason: 'other' }), {
      env: works,
    });
    expect(await ended).toEqual(silent);
  });
});

describe('two idle sessions of one name', () => {
  test('one of them is woken for one contract', async () => {
    const both = [waiter(directory, 's1', works, 6), waiter(directory, 's2', works, 6)];
    await sleep(1_500);
    await give('build-api');
    const ends = await Promise.all(both.map(({ ended }) => ended));
    expect(ends.map(({ code }) => String(code)).sort()).toEqual(['0', '2']);
  });

  test('both are woken for two', async () => {
    const both = [waiter(directory, 's1', works), waiter(directory, 's2', works)];
    await sleep(1_500);
    await within(directory, 'ann-lee', ({ call }) =>
      call('contract_create', {
        contracts: ['a', 'b'].map((contractId) => ({ contractId, assignee: 'api-dev' })),
      }),
    );
    const ends = await Promise.all(both.map(({ ended }) => ended));
    expect(ends.map(({ err }) => err).sort()).toEqual([
      'a is ready for api-dev.\n',
      'b is ready for api-dev.\n',
    ]);
  });

  test('the turn of the one that was woken ends after a minute', () => {
    const notes = notesInMemory();
    expect(takeTurn(notes, 'main a', 59_000)).toBe(true);
    expect(takeTurn(notes, 'main a', 59_999)).toBe(false);
    expect(takeTurn(notes, 'main a', 60_001)).toBe(false);
    expect(takeTurn(notes, 'main b', 60_001)).toBe(true);
    expect(takeTurn(notes, 'main a', 119_001)).toBe(true);
  });
});
