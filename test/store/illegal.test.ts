import { describe, expect, test } from 'vitest';
import { pathOf } from '../../src/store/layout.ts';
import { git, tempRepository } from '../helpers/repository.ts';
import { commitByHand, gitWith } from '../helpers/scratch.ts';
import type { ByHand } from '../helpers/scratch.ts';
import {
  fsck,
  get,
  newStore,
  open,
  put,
  rebuiltRows,
  rowsOf,
  tipOf,
  trailers,
} from '../helpers/store.ts';

const path = pathOf('artifact', 'doc');

const fileOf = (id: string, version: number, type = 'document', publisher = 'eve'): string =>
  `id: ${id}\nversion: ${version}\ntype: ${type}\npublisher: ${publisher}\ntime: 2026-01-01T00:00:00Z\ndata:\n  value: forged\n`;

const from = (ref: string, how: string): string =>
  `derivedFrom:\n  - ref: ${ref}\n    how: ${how}\n`;

/** A commit that tells everything right about a version, but for what a test changes. */
const forged = (
  directory: string,
  {
    id = 'doc',
    version = 3,
    type = 'document',
    op = 'FORGED',
    event = '',
    blob = '',
    file = '',
    more = '',
  },
): ByHand => {
  const text = file === '' ? fileOf(id, version) : file;
  const oid = blob === '' ? gitWith(directory, text, ['hash-object', '--stdin']) : blob;
  const lines = [
    `eve publishes ${id}@${version}`,
    '',
    `Concord-Op: ${op}`,
    `Concord-Event: ${event === '' ? `artifact-published ${id}@${version}` : event}`,
    `Concord-Artifact: ${id}@${version} ${type} ${oid} 0123456789abcdef`,
    ...(more === '' ? [] : [more]),
    '',
  ];
  return { message: lines.join('\n'), author: 'eve', files: { [pathOf('artifact', id)]: text } };
};

const agentFile = (name: string): string => `name: ${name}\nregistered: 2026-01-01T00:00:00Z\n`;

const typeFile = (type: string): string =>
  `type: ${type}\nversion: 1\npublisher: eve\ntime: 2026-01-01T00:00:00Z\nschema: {}\n`;

/** A commit that registers an agent or a type. */
const registered = (event: string, file: string, text: string): ByHand => ({
  message: `eve registers\n\nConcord-Op: FORGED\nConcord-Event: ${event}\n`,
  author: 'eve',
  files: { [file]: text },
});

/** What the commit is, what it says of the number it uses up, and the reason that must be given. */
const cases: Record<string, { make: (directory: string) => ByHand; why: RegExp; next?: number }> = {
  'without trailers': {
    make: () => ({ message: 'edits by hand\n', files: { [path]: fileOf('doc', 3) } }),
    why: /no Concord-Op trailer/,
    next: 3,
  },
  'of a version that exists': {
    make: (directory) => forged(directory, { version: 2 }),
    why: /doc@2 was used before/,
    next: 3,
  },
  'of a number that jumps': {
    make: (directory) => forged(directory, { version: 20_000 }),
    why: /doc@20000 does not follow doc@2/,
    next: 3,
  },
  'of a number beyond all bounds': {
    make: (directory) => forged(directory, { version: 99999999999 }),
    why: /is no version of an artifact/,
    next: 3,
  },
  'that changes a file no event names': {
    make: (directory) => {
      const commit = forged(directory, {});
      return { ...commit, files: { ...commit.files, 'agents/eve.yaml': 'name: eve\n' } };
    },
    why: /it changes agents\/eve\.yaml, and no event of it says so/,
  },
  'that changes a file of no store': {
    make: (directory) => {
      const commit = forged(directory, {});
      return { ...commit, files: { ...commit.files, 'README.md': 'hello\n' } };
    },
    why: /README\.md/,
  },
  'that takes the settings away': {
    make: (directory) => {
      const commit = forged(directory, {});
      return { ...commit, files: { ...commit.files, 'concord.yaml': null } };
    },
    why: /concord\.yaml/,
  },
  'with another file than it names': {
    make: (directory) =>
      forged(directory, { blob: git(directory, 'rev-parse', `refs/concord/main:${path}`) }),
    why: /is not the file its message names/,
  },
  'that changes nothing it says': {
    make: (directory) => ({ ...forged(directory, {}), files: {} }),
    why: /it says it changes .*doc\.yaml but does not/,
  },
  'with invalid YAML': {
    make: (directory) => forged(directory, { file: 'id: [doc\n' }),
    why: /cannot be read as YAML/,
  },
  'with a file that is no artifact': {
    make: (directory) => forged(directory, { file: 'id: doc\n' }),
    why: /not a valid artifact file/,
  },
  'whose file has another id': {
    make: (directory) => forged(directory, { file: fileOf('other/thing', 77) }),
    why: /artifacts\/[0-9a-f]{2}\/doc\.yaml says other\/thing@77/,
  },
  'whose file has another version': {
    make: (directory) => forged(directory, { file: fileOf('doc', 2) }),
    why: /doc\.yaml says doc@2/,
  },
  'whose file has another type': {
    make: (directory) => forged(directory, { file: fileOf('doc', 3, 'decision') }),
    why: /doc\.yaml says type decision/,
  },
  'whose file has another publisher': {
    make: (directory) => forged(directory, { file: fileOf('doc', 3, 'document', 'mallory') }),
    why: /doc\.yaml says publisher mallory/,
  },
  'by another author than its file says': {
    make: (directory) => ({ ...forged(directory, {}), author: 'mallory' }),
    why: /doc\.yaml says publisher eve/,
  },
  'whose file has sources that its message has not': {
    make: (directory) => forged(directory, { file: fileOf('doc', 3) + from('doc@1', 'read') }),
    why: /doc\.yaml says derivedFrom doc@1 \(read\)/,
  },
  'whose message has sources that its file has not': {
    make: (directory) => forged(directory, { more: 'Concord-Derived-From: doc@1' }),
    why: /doc\.yaml says derivedFrom nothing/,
  },
  'whose message knows a source in another way': {
    make: (directory) =>
      forged(directory, {
        file: fileOf('doc', 3) + from('doc@1', 'declared'),
        more: 'Concord-Derived-From: doc@1 (declared, older)',
      }),
    why: /doc\.yaml says derivedFrom doc@1 \(declared\)/,
  },
  'whose agent has another name': {
    make: () => registered('agent-registered eve', 'agents/eve.yaml', agentFile('mallory')),
    why: /agents\/eve\.yaml says mallory/,
    next: 3,
  },
  'whose registered type has another name': {
    make: () => registered('type-registered note@1', 'types/note.yaml', typeFile('memo')),
    why: /types\/note\.yaml says memo/,
    next: 3,
  },
  'of another type': {
    make: (directory) => forged(directory, { type: 'decision' }),
    why: /doc is of type document, not decision/,
  },
  'made from a version that does not exist': {
    make: (directory) => forged(directory, { more: 'Concord-Derived-From: ghost@1' }),
    why: /derived from ghost@1, which does not exist/,
  },
  'with an event nobody knows': {
    make: (directory) => forged(directory, { event: 'artifact-burned doc@3' }),
    why: /an event this Concord does not know: artifact-burned/,
  },
  'with an operation that happened before': {
    make: (directory) => forged(directory, { op: trailers(directory, 'Concord-Op').at(-1) ?? '' }),
    why: /happened before/,
  },
  'from the end of time, without trailers': {
    make: () => ({ message: 'late\n', date: '@99999999999999 +0000' }),
    why: /no Concord-Op trailer/,
    next: 3,
  },
};

describe.each(Object.entries(cases))('a commit %s', (_, { make, why, next = 4 }) => {
  test.each([
    ['seen by an open store', true],
    ['seen without an index', false],
  ])('%s is reported, not applied, and set aside', async (_name, early) => {
    const directory = tempRepository();
    const before = await newStore(directory);
    await put(before, 'doc', 1);
    await put(before, 'doc', 2, { agent: 'qa-dev' });
    const bad = commitByHand(directory, make(directory));
    const warnings: string[] = [];
    const warn = (text: string) => warnings.push(text);
    const store = early ? before : await open(directory, { memory: true, warn });

    expect(await get(store, 'doc')).toBe(2);
    const head = await store.read('main', (facts) => facts.head('main'));
    expect(head?.illegal).toMatchObject({
      tip: bad,
      commits: [bad],
      why: expect.stringMatching(why),
    });
    if (!early) expect(warnings.join('\n')).toMatch(why);
    expect(tipOf(directory)).toBe(bad);

    expect((await put(store, 'doc', 'next')).ref).toBe(`doc@${next}`);
    expect(trailers(directory, 'Concord-Quarantine')).toEqual([bad]);
    expect(git(directory, 'rev-parse', 'refs/concord/main~2')).toBe(bad);
    expect(git(directory, 'diff', '--stat', 'refs/concord/main~3', 'refs/concord/main~1')).toBe('');
    expect(git(directory, 'fsck', '--strict', '--full', '--no-dangling')).toBe('');
    expect((await put(store, 'doc', 'after')).ref).toBe(`doc@${next + 1}`);
    expect(trailers(directory, 'Concord-Quarantine')).toHaveLength(1);

    const other = early ? await open(directory) : before;
    for (const one of [store, other]) {
      expect(await get(one, 'doc')).toBe('after');
      expect((await one.read('main', (facts) => facts.head('main')))?.illegal).toBeUndefined();
    }
    const rows = await rowsOf(store);
    expect(await rowsOf(other)).toEqual(rows);
    expect(await rebuiltRows(directory)).toEqual(rows);
    expect(fsck(directory)).toBe('');
  });
});

test('several bad commits, with good-looking ones on top, are set aside together', async () => {
  const directory = tempRepository();
  const store = await newStore(directory);
  await put(store, 'doc', 1);
  const bad = [
    commitByHand(directory, { message: 'one\n', files: { 'notes.txt': 'x' } }),
    commitByHand(directory, forged(directory, { version: 2 })),
    commitByHand(directory, forged(directory, { version: 3, op: 'FORGED2' })),
  ];
  expect(await get(store, 'doc')).toBe(1);
  expect((await put(store, 'doc', 4)).ref).toBe('doc@4');
  expect(trailers(directory, 'Concord-Quarantine')).toEqual(bad);
  commitByHand(directory, { message: 'again\n', files: { 'notes.txt': 'y' } });
  expect((await put(await open(directory), 'doc', 5)).ref).toBe('doc@5');
  expect(await rebuiltRows(directory)).toEqual(await rowsOf(store));
  expect(git(directory, 'ls-tree', '-r', '--name-only', 'refs/concord/main')).not.toContain(
    'notes',
  );
});

test('writers that meet a bad commit at the same time set it aside once', async () => {
  const directory = tempRepository();
  const stores = [
    await newStore(directory),
    await open(directory),
    await open(directory, { memory: true }),
  ];
  await put(stores[0] ?? (await open(directory)), 'doc', 1);
  const bad = commitByHand(directory, { message: 'by hand\n', files: { 'notes.txt': 'x' } });
  const refs = await Promise.all(stores.map((store, at) => put(store, 'doc', `next ${at}`)));
  expect(refs.map(({ ref }) => ref).sort()).toEqual(['doc@2', 'doc@3', 'doc@4']);
  expect(trailers(directory, 'Concord-Quarantine')).toEqual([bad]);
  expect(fsck(directory)).toBe('');
});

test('a commit by hand that follows every rule is taken as it is', async () => {
  const directory = tempRepository();
  const store = await newStore(directory);
  await put(store, 'doc', 1);
  await put(store, 'doc', 2);
  const file = fileOf('doc', 3) + from('doc@1', 'read') + '    older: true\n';
  const more = 'Concord-Derived-From: doc@1 (read, older)';
  commitByHand(directory, forged(directory, { file, more }));
  commitByHand(directory, {
    ...registered('agent-registered eve', 'agents/eve.yaml', agentFile('eve')),
    message: 'eve registers\n\nConcord-Op: FORGED2\nConcord-Event: agent-registered eve\n',
  });
  expect(await get(store, 'doc')).toBe('forged');
  expect((await put(store, 'doc', 4)).ref).toBe('doc@4');
  expect(trailers(directory, 'Concord-Quarantine')).toEqual([]);
  expect(await rebuiltRows(directory)).toEqual(await rowsOf(store));
});

test('a history that never was a store is refused, not mended', async () => {
  const directory = tempRepository();
  git(directory, 'update-ref', 'refs/concord/main', 'HEAD');
  const store = await open(directory);
  const tip = tipOf(directory);
  const calls = [
    () => get(store, 'doc'),
    () => put(store, 'doc', 1),
    () => store.create('ann', 'main'),
  ];
  for (const call of calls)
    await expect(call()).rejects.toMatchObject({
      code: 'STORAGE',
      message: expect.stringContaining('does not hold a Concord store'),
    });
  expect(tipOf(directory)).toBe(tip);
});

test.each([
  ['seen by an open store', true],
  ['seen without an index', false],
])('a quarantine that names good work takes nothing away, %s', async (_, early) => {
  const directory = tempRepository();
  const store = await newStore(directory);
  await put(store, 'doc', 1);
  const good = tipOf(directory);
  const tree = git(directory, 'rev-parse', `${good}~1^{tree}`);
  const message = `eve sets aside 1 commit\n\nConcord-Op: FORGED\nConcord-Quarantine: ${good}\n`;
  const forgedTip = gitWith(directory, message, ['commit-tree', tree, '-p', good]);
  git(directory, 'update-ref', 'refs/concord/main', forgedTip, good);
  const reader = early ? store : await open(directory, { memory: true });
  expect(await get(reader, 'doc')).toBe(1);
  expect((await put(reader, 'doc', 2)).ref).toBe('doc@2');
  expect(trailers(directory, 'Concord-Quarantine')).toEqual([good, forgedTip]);
  expect(await rebuiltRows(directory)).toEqual(await rowsOf(store));
});
