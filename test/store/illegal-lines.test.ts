import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pathOf } from '../../src/store/layout.ts';
import { agent, finishedApi, refOf, sameWhenRebuilt, startReplay, work } from '../helpers/lines.ts';
import type { Agent } from '../helpers/lines.ts';
import { git, tempRepository } from '../helpers/repository.ts';
import { commitByHand, gitWith } from '../helpers/scratch.ts';
import type { ByHand } from '../helpers/scratch.ts';
import { fsck, open, rebuiltRows, rowsOf, trailers } from '../helpers/store.ts';

const line = 'replay/a';

/** Completed on main: api. Open: replay/a, on which api is to be done again, and tests waits for it. */
const given = async (directory: string): Promise<Agent> => {
  const ann = await finishedApi(directory);
  await startReplay(ann, 'a');
  return ann;
};

const says = (...lines: readonly string[]): string =>
  ['eve does it', '', 'Concord-Op: FORGED', ...lines, ''].join('\n');

const fileOf = (directory: string, on: string, path: string): string =>
  `${git(directory, 'show', `refs/concord/${on}:${path}`)}\n`;

const api = pathOf('artifact', 'api');
const contract = pathOf('contract', 'docs');

const version = (number: number): string =>
  `id: api\nversion: ${number}\ntype: document\npublisher: eve\ntime: 2026-01-01T00:00:00Z\ndata:\n  title: forged\n  body: forged\n`;

type Case = { readonly make: (directory: string) => ByHand; readonly why: RegExp };

const onReplay: Record<string, Case> = {
  'without trailers': { make: () => ({ message: 'by hand\n' }), why: /no Concord-Op trailer/ },
  'that says that the replay begins, a second time': {
    make: () => ({ message: says(`Concord-Event: replay-started ${line}`) }),
    why: /the replay has begun already/,
  },
  'that says that another replay begins': {
    make: () => ({ message: says('Concord-Event: replay-started replay/b') }),
    why: /the replay has begun already/,
  },
  'that restores an artifact with another file': {
    make: () => ({
      message: says('Concord-Event: artifact-restored api@1'),
      files: { [api]: version(1) },
    }),
    why: /api\.yaml is not the file its message names/,
  },
  'that restores a version that never was': {
    make: () => ({
      message: says('Concord-Event: artifact-restored api@7'),
      files: { [api]: version(7) },
    }),
    why: /api@7 is restored and was never there/,
  },
  'that restores a contract with another status than its file has': {
    make: () => ({
      message: says('Concord-Event: contract-restored docs', 'Concord-Status: completed'),
      files: { [contract]: null },
    }),
    why: /takes contracts\/.*docs\.yaml away/,
  },
  'that restores a contract and says another status': {
    make: (directory) => ({
      message: says('Concord-Event: contract-restored docs', 'Concord-Status: completed'),
      files: { [contract]: fileOf(directory, line, contract).replace('round: 1', 'round: 2') },
    }),
    why: /docs\.yaml says ready, and its events completed/,
  },
  'that restores a contract without a status': {
    make: (directory) => ({
      message: says('Concord-Event: contract-restored docs'),
      files: { [contract]: fileOf(directory, line, contract).replace('round: 1', 'round: 2') },
    }),
    why: /contract-restored docs cannot happen/,
  },
  'that gives a restored contract a claim of nobody': {
    make: (directory) => ({
      message: says('Concord-Event: contract-restored docs', 'Concord-Status: in_progress'),
      files: {
        [contract]: `${fileOf(directory, line, contract).replace('status: ready', 'status: in_progress')}claim:\n  agent: eve\n  session: "00000000"\n  token: 01M82VWQNHRQT60KXKT6CBV58W\n  since: 2026-01-01T00:00:00Z\n  renewed: 2026-01-01T00:00:00Z\n`,
      },
    }),
    why: /docs is restored with a claim/,
  },
  'that joins something without a word': {
    make: (directory) => ({
      message: says('Concord-Event: agent-registered eve'),
      files: { 'agents/eve.yaml': 'name: eve\nregistered: 2026-01-01T00:00:00Z\n' },
      joins: [refOf(directory, 'main')],
    }),
    why: /it joins other commits than its events say/,
  },
  'that closes another replay': {
    make: () => ({ message: says('Concord-Event: replay-dropped replay/b') }),
    why: /replay-dropped replay\/b cannot happen on replay\/a/,
  },
  'with the number of a version that main has made': {
    make: (directory) => {
      const blob = gitWith(directory, version(2), ['hash-object', '--stdin']);
      return {
        message: says(
          'Concord-Event: artifact-published api@2',
          `Concord-Artifact: api@2 document ${blob} 0123456789abcdef`,
        ),
        author: 'eve',
        files: { [api]: version(2) },
      };
    },
    why: /api@2 was used before/,
  },
};

/** Each case is seen by an open store, or without an index: in turn. */
const inTurn = (cases: Record<string, Case>) =>
  Object.entries(cases).map(([name, one], at) => [name, at % 2 === 0, one] as const);

describe('a commit on a replay', () => {
  test.each(inTurn(onReplay))(
    '%s is set aside there, and main goes on (early: %s)',
    async (_, early, { make, why }) => {
      const directory = tempRepository();
      const ann = await given(directory);
      await ann.call('contract_update', { contractId: 'api', action: 'reopen', reason: 'again' });
      expect(await work(ann, 'api', 'main is faster')).toBe('api@2');
      await ann.call('team_status', { line });
      const good = refOf(directory, line);
      const bad = commitByHand(directory, { ...make(directory), line });
      const warnings: string[] = [];
      const warn = (text: string) => warnings.push(text);
      const other = agent(directory, 'qa-dev', { memory: !early, warn });
      const reader = early ? ann : other;
      expect(await work(reader, 'tests', 'main goes on')).toBe('results@1');
      expect(await reader.call('team_status', { line })).toMatchObject({
        contracts: { pending: 1, ready: 2 },
        warning: expect.stringMatching(why),
      });
      expect(refOf(directory, line)).toBe(bad);
      expect(await work(reader, 'api', 'the replay goes on', line)).toBe('api@3');
      const tree = (commit: string) => git(directory, 'rev-parse', `${commit}^{tree}`);
      const aside = git(directory, 'rev-list', '--first-parent', `${bad}..refs/concord/${line}`)
        .split('\n')
        .at(-1);
      expect(tree(aside ?? '')).toBe(tree(good));
      expect(trailers(directory, 'Concord-Quarantine')).toEqual([]);
      await sameWhenRebuilt(directory);
      await other.call('team_replay', { action: 'adopt', name: 'a', take: 'replay' });
      await sameWhenRebuilt(directory);
    },
  );
});

/** Replays that were never begun by this program: who reads them is refused, and who reads main is not. */
const foreign: Record<string, { make: (directory: string) => string; why: RegExp }> = {
  'that begins on a commit of the code': {
    make: (directory) => git(directory, 'rev-parse', 'HEAD'),
    why: /STORAGE replay\/x begins on a commit that is in no line of this store/,
  },
  'that begins without saying so': {
    make: (directory) =>
      commitByHand(directory, {
        message: says('Concord-Event: agent-registered eve'),
        files: { 'agents/eve.yaml': 'name: eve\nregistered: 2026-01-01T00:00:00Z\n' },
        aside: true,
      }),
    why: /STORAGE replay\/x cannot be read: .*replay\/x begins with replay-started/,
  },
  'that begins as another one': {
    make: (directory) =>
      commitByHand(directory, {
        message: says('Concord-Event: replay-started replay/y'),
        aside: true,
      }),
    why: /STORAGE replay\/x cannot be read: .*replay\/x begins with replay-started/,
  },
  'that stands on main itself': {
    make: (directory) => refOf(directory, 'main'),
    why: /STORAGE replay\/x (begins on a commit that is in no line|cannot be read)/,
  },
  'whose beginning takes files away': {
    make: (directory) =>
      commitByHand(directory, {
        message: says('Concord-Event: replay-started replay/x', 'Concord-Overrides: {}'),
        files: { 'concord.yaml': null },
        aside: true,
      }),
    why: /STORAGE replay\/x cannot be read: .*it changes concord\.yaml, and no event of it says so/,
  },
  'that points to a file': {
    make: (directory) => gitWith(directory, 'text', ['hash-object', '-w', '--stdin']),
    why: /^[A-Z]+ .*replay\/x/,
  },
};

const listed = (directory: string, text: string): void => {
  const blob = gitWith(directory, text, ['hash-object', '-w', '--stdin']);
  git(directory, 'update-ref', 'refs/concord/lines', blob);
};

test.each(Object.entries(foreign))(
  'a replay %s is refused, and no other line is affected',
  async (_, { make, why }) => {
    const directory = tempRepository();
    const ann = await given(directory);
    const oid = make(directory);
    writeFileSync(join(directory, '.git/refs/concord/replay/x'), `${oid}\n`);
    listed(directory, `${line}\nreplay/x\n`);
    for (const reader of [ann, agent(directory, 'qa-dev', { memory: true })]) {
      expect(await reader.says('team_status', { line: 'replay/x' })).toMatch(why);
      const claim = { contractId: 'docs', line: 'replay/x' };
      expect(await reader.says('contract_claim', claim)).toMatch(why);
      expect(await reader.says('team_status', {})).toMatch(/^\{/);
      const { ref } = await reader.call('artifact_publish', {
        artifactId: 'free',
        artifactType: 'document',
        data: { title: 'x', body: 'x' },
      });
      expect(ref).toMatch(/^free@\d$/);
    }
    expect(await work(ann, 'api', 'two', line)).toBe('api@2');
    const { checks } = (await ann.call('doctor', {})) as {
      checks: { name: string; ok: boolean }[];
    };
    expect(checks.find(({ name }) => name === 'lines')).toMatchObject({ ok: false });
    expect(refOf(directory, 'replay/x')).toBe(oid);
  },
);

const onMain: Record<string, Case> = {
  'that drops main': {
    make: () => ({ message: says('Concord-Event: replay-dropped main') }),
    why: /replay-dropped main cannot happen on main/,
  },
  'that drops nonsense': {
    make: () => ({ message: says('Concord-Event: replay-dropped ../x') }),
    why: /cannot happen on main/,
  },
  'that begins a replay': {
    make: () => ({ message: says('Concord-Event: replay-started replay/c') }),
    why: /the replay has begun already/,
  },
  'that takes over what is not there': {
    make: () => ({
      message: says(
        'Concord-Event: replay-adopted replay/a',
        `Concord-Commit: ${'1234567890'.repeat(4)}`,
      ),
    }),
    why: /it joins other commits than its events say/,
  },
  'that takes over the code': {
    make: (directory) => ({
      message: says(
        'Concord-Event: replay-adopted replay/c',
        `Concord-Commit: ${git(directory, 'rev-parse', 'HEAD')}`,
      ),
      joins: [git(directory, 'rev-parse', 'HEAD')],
    }),
    why: /replay\/c does not (end in|follow)/,
  },
  'that takes over main': {
    make: (directory) => ({
      message: says(
        'Concord-Event: replay-adopted main',
        `Concord-Commit: ${git(directory, 'rev-parse', 'HEAD')}`,
      ),
      joins: [git(directory, 'rev-parse', 'HEAD')],
    }),
    why: /replay-adopted main cannot happen on main/,
  },
  'that takes over a replay by the name of another': {
    make: (directory) => ({
      message: says(
        'Concord-Event: replay-adopted replay/c',
        `Concord-Commit: ${refOf(directory, line)}`,
      ),
      joins: [refOf(directory, line)],
    }),
    why: /replay\/c does not (end in|follow)/,
  },
  'that takes over a replay which breaks the rules': {
    make: (directory) => {
      const bad = commitByHand(directory, { message: 'by hand\n', line });
      return {
        message: says('Concord-Event: replay-adopted replay/a', `Concord-Commit: ${bad}`),
        joins: [bad],
      };
    },
    why: /replay\/a does not follow the rules: .*no Concord-Op trailer/,
  },
};

describe('a commit on main', () => {
  test.each(inTurn(onMain))(
    '%s is set aside, and the replay is open (early: %s)',
    async (_, early, { make, why }) => {
      const directory = tempRepository();
      const ann = await given(directory);
      if (early) await ann.call('team_status', { line });
      const bad = commitByHand(directory, make(directory));
      const reader = early ? ann : agent(directory, 'qa-dev', { memory: true });
      expect(await reader.call('team_status', {})).toMatchObject({
        warning: expect.stringMatching(why),
      });
      expect(await work(reader, 'docs', 'goes on')).toBe('docs@1');
      expect(trailers(directory, 'Concord-Quarantine')).toEqual([bad]);
      expect(await work(reader, 'api', 'two', line)).toBe('api@2');
      await sameWhenRebuilt(directory);
      expect(await work(agent(directory, 'x', { memory: true }), 'docs', 'other', line)).toBe(
        'docs@2',
      );
      await sameWhenRebuilt(directory);
    },
  );
});

test('a replay that main took over before its end is closed there, with what it had then', async () => {
  const directory = tempRepository();
  const ann = await given(directory);
  await work(ann, 'api', 'two', line);
  const tip = refOf(directory, line);
  await work(ann, 'docs', 'later', line);
  const message = says('Concord-Event: replay-adopted replay/a', `Concord-Commit: ${tip}`);
  commitByHand(directory, { message, joins: [tip] });
  expect(await ann.says('team_status', { line })).toMatch(/NOT_FOUND replay\/a was adopted/);
  // A number that was once seen used stays used.
  const but = (rows: readonly unknown[]) =>
    rows.filter((row) => !JSON.stringify(row).startsWith('["highest"'));
  expect(but(await rebuiltRows(directory))).toEqual(but(await rowsOf(await open(directory))));
});

describe('a list of lines', () => {
  const lists: Record<string, (directory: string) => string> = {
    'that is a commit': (directory) => refOf(directory, 'main'),
    'that is a tree': (directory) => git(directory, 'rev-parse', 'HEAD^{tree}'),
    'of nonsense': (directory) =>
      gitWith(directory, 'main\n../../x\nreplay/\nreplay/..\nreplay/a b\n\0\nreplay/none\n-x\n', [
        'hash-object',
        '-w',
        '--stdin',
      ]),
    'that is empty': (directory) => gitWith(directory, '', ['hash-object', '-w', '--stdin']),
    'that is not there': () => '1234567890'.repeat(4),
  };

  test.each(Object.entries(lists))('%s leaves main as it is', async (_, make) => {
    const directory = tempRepository();
    const ann = await given(directory);
    writeFileSync(join(directory, '.git/refs/concord/lines'), `${make(directory)}\n`);
    for (const reader of [ann, agent(directory, 'qa-dev', { memory: true })]) {
      expect(await reader.says('team_status', {})).toMatch(/^\{/);
      expect(await reader.says('team_status', { line })).toMatch(/NOT_FOUND There is no line/);
      expect(await reader.says('team_status', { line: 'replay/none' })).toMatch(/NOT_FOUND/);
    }
    expect(await work(ann, 'docs', 'goes on')).toBe('docs@1');
    expect(await startReplay(ann, 'new')).toMatchObject({ line: 'replay/new' });
    expect(await work(ann, 'api', 'two', 'replay/new')).toBe('api@2');
  });

  test.each([
    ['broken', 'nonsense\n'],
    ['symbolic', 'ref: refs/concord/main\n'],
  ])(
    'whose ref is %s refuses what gives out numbers, and shows everything else',
    async (_, text) => {
      const directory = tempRepository();
      const ann = await given(directory);
      writeFileSync(join(directory, '.git/refs/concord/lines'), text);
      for (const reader of [ann, agent(directory, 'qa-dev', { memory: true })]) {
        expect(await reader.says('team_status', {})).toMatch(/^\{/);
        expect(await reader.says('contract_claim', { contractId: 'docs' })).toMatch(/^\{/);
        await reader.says('contract_update', {
          contractId: 'docs',
          action: 'release',
          reason: 'r',
        });
        expect(
          await reader.says('artifact_publish', {
            artifactId: 'x',
            artifactType: 'document',
            data: { title: 'x', body: 'x' },
          }),
        ).toMatch(/^STORAGE refs\/concord\/lines is broken/);
      }
      rmSync(join(directory, '.git/refs/concord/lines'));
      expect(await work(ann, 'docs', 'goes on')).toBe('docs@1');
    },
  );
});

test('a replay whose ref somebody took away holds nobody up', async () => {
  const directory = tempRepository();
  const ann = await given(directory);
  await work(ann, 'api', 'two', line);
  git(directory, 'update-ref', '-d', `refs/concord/${line}`);
  expect(await work(ann, 'docs', 'goes on')).toBe('docs@1');
  expect(await ann.says('team_status', { line })).toMatch(/NOT_FOUND There is no line/);
  expect(fsck(directory)).toBe('');
  const store = await open(directory);
  expect(await store.read('main', (facts) => facts.head(line))).toBeUndefined();
});
