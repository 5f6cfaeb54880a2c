import fs, {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  otherClaims,
  sessionInFiles,
  sessionInMemory,
} from '../../src/operations/session/session.ts';
import type { Delivered, HeldClaim, Session } from '../../src/operations/session/session.ts';
import { git, tempDirectory, tempRepository } from '../helpers/repository.ts';

const localOf = (directory: string): string => join(directory, '.git/concord');
const newLocal = (): string => localOf(tempRepository());

const claim = (parts: Partial<HeldClaim> = {}): HeldClaim => ({
  line: 'main',
  agent: 'ann',
  contract: 'build-api',
  token: '01M825P0FRE7BW4TJJMDZM4RX4',
  lease: 1800,
  renewed: '2026-11-22T14:34:00Z',
  ...parts,
});

const shown = (parts: Partial<Delivered> = {}): Delivered => ({
  line: 'main',
  agent: 'ann',
  commit: 'c0ffee'.padEnd(40, '0'),
  item: 3,
  ...parts,
});

const sessionsOf = (local: string): string[] => {
  const sessions = join(local, 'sessions');
  return existsSync(sessions) ? readdirSync(sessions).map((name) => join(sessions, name)) : [];
};

const directoryOf = (local: string): string => sessionsOf(local)[0] ?? 'none';

const fileOf = (local: string, kind: string): string => {
  const directory = directoryOf(local);
  return join(directory, readdirSync(directory).find((name) => name.startsWith(kind)) ?? 'none');
};

/** Sets how long ago a session's directory and all its files were changed. */
const setAge = (directory: string, days: number): void => {
  const time = Date.now() / 1000 - days * 24 * 60 * 60;
  for (const name of readdirSync(directory)) utimesSync(join(directory, name), time, time);
  utimesSync(directory, time, time);
};

const kinds: [name: string, make: () => Session][] = [
  ['in memory', () => sessionInMemory('one')],
  ['in files', () => sessionInFiles(newLocal(), 'one')],
];

describe.each(kinds)('a session %s', (_, make) => {
  test('knows nothing at first', () => {
    const session = make();
    expect(session.name()).toBeUndefined();
    expect(session.claims()).toEqual([]);
    expect(session.delivered()).toEqual([]);
    session.used(claim());
    session.forget(claim());
    session.arrived(shown());
    expect(session.claims()).toEqual([]);
  });

  test('has a mark that does not give its id away', () => {
    expect(make().mark).toMatch(/^[0-9a-f]{8}$/);
    expect(make().mark).toBe(make().mark);
    expect(sessionInMemory('two').mark).not.toBe(make().mark);
  });

  test('has the last name it gave itself', () => {
    const session = make();
    session.rename('api-dev');
    expect(session.name()).toBe('api-dev');
    session.rename('qa-dev');
    expect(session.name()).toBe('qa-dev');
  });

  test('remembers one claim of each line, agent and contract', () => {
    const session = make();
    const claims = [
      claim(),
      claim({ renewed: '2026-11-22T14:35:00Z', contract: 'write-tests', lease: 0 }),
      claim({ renewed: '2026-11-22T14:36:00Z', agent: 'bob' }),
      claim({ renewed: '2026-11-22T14:37:00Z', line: 'replay/x' }),
    ];
    for (const one of claims.toReversed()) session.remember(one);
    expect(session.claims()).toEqual(claims);
    const renewed = claim({ renewed: '2026-11-22T15:00:00Z', token: 'new' });
    session.remember(renewed);
    expect(session.claims()).toEqual([...claims.slice(1), renewed]);
    const { line, agent, contract } = renewed;
    session.forget({ line, agent, contract });
    expect(session.claims()).toEqual(claims.slice(1));
  });

  test('is not misled by names that run into each other', () => {
    const session = make();
    session.remember(claim({ agent: 'a', contract: 'b/c' }));
    session.remember(claim({ agent: 'a/b', contract: 'c' }));
    expect(session.claims()).toHaveLength(2);
  });

  test('forgets what was delivered once that has arrived, and only that', () => {
    const session = make();
    session.deliver(shown({ item: 1 }));
    session.deliver(shown({ item: 2 }));
    session.deliver(shown({ agent: 'bob' }));
    const sorted = (): Delivered[] =>
      [...session.delivered()].sort((a, b) => a.agent.localeCompare(b.agent));
    expect(sorted()).toEqual([shown({ item: 2 }), shown({ agent: 'bob' })]);
    session.arrived(shown({ item: 1 }));
    session.arrived(shown({ item: 2, commit: 'b'.repeat(40) }));
    expect(sorted()).toEqual([shown({ item: 2 }), shown({ agent: 'bob' })]);
    session.arrived(shown({ item: 2 }));
    expect(sorted()).toEqual([shown({ agent: 'bob' })]);
    session.arrived(shown({ agent: 'bob' }));
    expect(sorted()).toEqual([]);
  });

  test('has one waiter, the newest', () => {
    const session = make();
    const first = session.waiting();
    expect(first()).toBe(true);
    const second = session.waiting();
    expect([first(), second()]).toEqual([false, true]);
    const third = session.waiting();
    expect([first(), second(), third()]).toEqual([false, false, true]);
  });
});

describe('processes of one session', () => {
  test('know of each other, and nothing of other sessions', () => {
    const local = newLocal();
    const [one, again, other] = ['one', 'one', 'two'].map((id) => sessionInFiles(local, id));
    one?.rename('api-dev');
    one?.remember(claim());
    again?.remember(claim({ contract: 'write-tests', renewed: '2026-11-22T14:35:00Z' }));
    again?.deliver(shown());
    expect(again?.name()).toBe('api-dev');
    expect(one?.claims().map(({ contract }) => contract)).toEqual(['build-api', 'write-tests']);
    expect(one?.delivered()).toEqual([shown()]);
    expect([other?.name(), other?.claims(), other?.delivered()]).toEqual([undefined, [], []]);
    const waits = [one, again, other].map((session) => session?.waiting());
    expect(waits.map((still) => still?.())).toEqual([false, true, true]);
    expect(again?.mark).toBe(sessionInMemory('one').mark);
  });

  test('leave nothing half-written, and nothing that git takes for a ref', () => {
    const directory = tempRepository();
    const session = sessionInFiles(localOf(directory), 'a secret id');
    session.rename('main');
    session.remember(claim());
    session.deliver(shown());
    session.waiting();
    const files = readdirSync(directoryOf(localOf(directory))).sort();
    expect(files.map((name) => name.replace(/-.*/, ''))).toEqual([
      'claim',
      'inbox',
      'name',
      'waiter',
    ]);
    expect(readdirSync(localOf(directory))).toEqual(['sessions']);
    expect(git(directory, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/trunk');
    for (const name of files)
      expect(readFileSync(join(directoryOf(localOf(directory)), name), 'utf8')).not.toMatch(
        'secret',
      );
  });

  test('ask the disk once where there is nothing', () => {
    const session = sessionInFiles(newLocal(), 'one');
    const calls = (['openSync', 'readdirSync', 'statSync', 'lstatSync', 'mkdirSync'] as const).map(
      (name) => vi.spyOn(fs, name),
    );
    const reads = vi.spyOn(fs, 'readFileSync');
    onTestFinished(() => void [...calls, reads].map((spy) => spy.mockRestore()));
    const count = (): number =>
      Math.max(
        reads.mock.calls.length,
        calls.reduce((sum, spy) => sum + spy.mock.calls.length, 0),
      );
    session.name();
    expect(count()).toBe(1);
    session.claims();
    expect(count()).toBeLessThanOrEqual(2);
  });
});

describe('claims of other sessions', () => {
  test('are found with their last use; looking at them is none', () => {
    const local = newLocal();
    const [mine, theirs] = [sessionInFiles(local, 'one'), sessionInFiles(local, 'two')];
    theirs.remember(claim());
    theirs.remember(claim({ line: 'replay/x' }));
    theirs.remember(claim({ agent: 'bob' }));
    for (const directory of sessionsOf(local)) setAge(directory, 3);
    mine.remember(claim({ contract: 'mine' }));
    const others = (): ReturnType<typeof otherClaims> => otherClaims(local, 'one', 'main', 'ann');
    const before = Date.now();
    const [found] = others();
    expect(others()).toEqual([{ ...claim(), used: found?.used, session: theirs.mark }]);
    expect(found?.used).toBeLessThan(before - 2 * 24 * 60 * 60 * 1000);
    theirs.claims();
    expect(others()).toEqual([found]);
    theirs.used(claim());
    expect(others()[0]?.used).toBeGreaterThan(before - 60_000);
    expect(theirs.claims()).toHaveLength(3);
    expect(otherClaims(local, 'two', 'main', 'ann').map(({ contract }) => contract)).toEqual([
      'mine',
    ]);
    theirs.forget(claim());
    expect(others()).toEqual([]);
  });

  test('are none where there is no directory', () => {
    expect(otherClaims(newLocal(), 'one', 'main', 'ann')).toEqual([]);
    expect(otherClaims(join(tempDirectory(), 'missing'), 'one', 'main', 'ann')).toEqual([]);
  });
});

describe('what is not as it was written', () => {
  test.each([
    ['empty', () => ''],
    ['cut off', (text: string) => text.slice(0, 20)],
    ['no object', () => '[1]'],
    ['of zero bytes', (text: string) => '\0'.repeat(text.length)],
    ['without a token', (text: string) => text.replace('"token"', '"other"')],
    [
      'with a token that is no text',
      (text: string) => text.replace(/"token":"[^"]*"/, '"token":1'),
    ],
    ['with no number', (text: string) => text.replace('1800', '"1800"')],
    ['with a negative lease', (text: string) => text.replace('1800', '-1')],
    ['with no time', (text: string) => text.replace('2026-11-22T14:34:00Z', 'then')],
    ['of another contract', (text: string) => text.replace('build-api', 'other')],
    ['of another agent', (text: string) => text.replace('"ann"', '"bob"')],
  ])('a claim %s counts for nothing, and is written anew', (_, spoil) => {
    const local = newLocal();
    const session = sessionInFiles(local, 'one');
    session.remember(claim());
    const path = fileOf(local, 'claim-');
    session.remember(claim({ contract: 'whole' }));
    writeFileSync(path, spoil(readFileSync(path, 'utf8')));
    expect(session.claims()).toEqual([claim({ contract: 'whole' })]);
    expect(otherClaims(local, 'two', 'main', 'ann')).toHaveLength(1);
    session.remember(claim());
    expect(session.claims()).toHaveLength(2);
  });

  test.each([
    ['no commit', (text: string) => text.replace('c0ffee', 'coffee')],
    ['half an item', (text: string) => text.replace(':3', ':3.5')],
    ['an item below none', (text: string) => text.replace(':3', ':-3')],
    ['another line', (text: string) => text.replace('main', 'replay/x')],
    ['nothing', () => ''],
  ])('a delivery of %s counts for nothing', (_, spoil) => {
    const local = newLocal();
    const session = sessionInFiles(local, 'one');
    session.deliver(shown());
    const path = fileOf(local, 'inbox-');
    writeFileSync(path, spoil(readFileSync(path, 'utf8')));
    expect(session.delivered()).toEqual([]);
    session.arrived(shown());
  });

  test.each(['', '{}', '{"name":1}', '{"name":"Not A Slug"}', '{"name":"../x"}'])(
    'a name of %j is none',
    (text) => {
      const local = newLocal();
      const session = sessionInFiles(local, 'one');
      session.rename('api-dev');
      writeFileSync(fileOf(local, 'name'), text);
      expect(session.name()).toBeUndefined();
    },
  );

  test('directories where files belong, and files of others, are passed by', () => {
    const local = newLocal();
    const session = sessionInFiles(local, 'one');
    session.remember(claim());
    const path = fileOf(local, 'claim-');
    writeFileSync(join(directoryOf(local), 'claim-notes.txt'), 'mine');
    writeFileSync(join(local, 'sessions', 'f'.repeat(16)), 'no directory');
    mkdirSync(join(local, 'sessions', 'notes'));
    mkdirSync(join(directoryOf(local), 'name'));
    expect(session.claims()).toEqual([claim()]);
    expect(otherClaims(local, 'two', 'main', 'ann')).toHaveLength(1);
    rmSync(path);
    mkdirSync(join(path, 'x'), { recursive: true });
    session.remember(claim());
    session.rename('api-dev');
    session.forget(claim());
    expect(session.claims()).toEqual([]);
    expect(session.name()).toBeUndefined();
    // What could not get its name does not stay under another.
    expect(readdirSync(directoryOf(local)).filter((name) => name.startsWith('new-'))).toEqual([]);
  });

  test('a directory that cannot be written remembers nothing, and refuses nothing', () => {
    const local = join(tempDirectory(), 'file');
    writeFileSync(local, '');
    const session = sessionInFiles(local, 'one');
    session.rename('api-dev');
    session.remember(claim());
    session.used(claim());
    session.deliver(shown());
    session.arrived(shown());
    session.forget(claim());
    const first = session.waiting();
    session.waiting();
    expect([session.name(), session.claims(), session.delivered()]).toEqual([undefined, [], []]);
    expect(first()).toBe(true);
    expect(otherClaims(local, 'two', 'main', 'ann')).toEqual([]);
    expect(readFileSync(local, 'utf8')).toBe('');
  });

  test('nobody takes the place of a waiter that could not say that it waits', () => {
    const local = newLocal();
    sessionInFiles(local, 'one').waiting();
    const full = vi.spyOn(fs, 'writeFileSync').mockImplementation(() => {
      throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' });
    });
    onTestFinished(() => full.mockRestore());
    expect(sessionInFiles(local, 'one').waiting()()).toBe(true);
  });

  test('a directory that is deleted in between is made again', () => {
    const local = newLocal();
    const session = sessionInFiles(local, 'one');
    session.remember(claim());
    const still = session.waiting();
    rmSync(local, { recursive: true });
    expect(still()).toBe(true);
    expect(session.claims()).toEqual([]);
    session.remember(claim());
    expect(session.claims()).toEqual([claim()]);
  });
});

describe('sessions that were left', () => {
  const fill = (local: string, count: number, days: number): void => {
    for (let at = 0; at < count; at += 1) {
      const before = new Set(sessionsOf(local));
      sessionInFiles(local, `old ${days} ${at}`).remember(claim());
      for (const made of sessionsOf(local)) if (!before.has(made)) setAge(made, days);
    }
  };

  test('are swept by the next new one, and only by that', () => {
    const local = newLocal();
    fill(local, 3, 15);
    expect(sessionsOf(local)).toHaveLength(1);
    const living = sessionInFiles(local, 'living');
    living.remember(claim());
    living.rename('ann');
    for (const directory of sessionsOf(local)) setAge(directory, 15);
    living.used(claim());
    living.deliver(shown());
    expect(sessionsOf(local)).toHaveLength(1);
    // Only the claim's file tells that it was used.
    for (const directory of sessionsOf(local)) setAge(directory, 15);
    living.used(claim());
    const foreign = join(local, 'sessions', 'f'.repeat(16));
    writeFileSync(foreign, 'of somebody else');
    const past = Date.now() / 1000 - 30 * 24 * 60 * 60;
    utimesSync(foreign, past, past);
    mkdirSync(join(local, 'sessions/notes'));
    setAge(join(local, 'sessions/notes'), 30);
    sessionInFiles(local, 'next').rename('bob');
    expect(living.name()).toBe('ann');
    expect(living.claims()).toEqual([claim()]);
    expect(existsSync(foreign)).toBe(true);
    expect(existsSync(join(local, 'sessions/notes'))).toBe(true);
  });

  test('are swept twenty at a time', () => {
    const local = newLocal();
    fill(local, 25, 13);
    for (const directory of sessionsOf(local)) setAge(directory, 15);
    sessionInFiles(local, 'first').rename('ann');
    expect(sessionsOf(local)).toHaveLength(6);
    sessionInFiles(local, 'second').rename('bob');
    expect(sessionsOf(local)).toHaveLength(2);
  });

  test('of 13 days stay', () => {
    const local = newLocal();
    fill(local, 2, 13);
    sessionInFiles(local, 'next').rename('ann');
    expect(sessionsOf(local)).toHaveLength(3);
  });
});

test('directories in a shared repository are for all its users', () => {
  const umask = process.umask(0o077);
  onTestFinished(() => void process.umask(umask));
  const shared = tempRepository('--bare', '--shared=group');
  sessionInFiles(join(shared, 'concord'), 'one').rename('ann');
  const alone = tempRepository();
  sessionInFiles(localOf(alone), 'one').rename('ann');
  for (const [local, mode] of [
    [join(shared, 'concord'), statSync(shared).mode & 0o7777],
    [localOf(alone), 0o700],
  ] as const)
    for (const path of [local, join(local, 'sessions'), directoryOf(local)])
      expect([path, (statSync(path).mode & 0o7777).toString(8)]).toEqual([path, mode.toString(8)]);
});
