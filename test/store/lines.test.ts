import { spawnSync } from 'node:child_process';
import { chmodSync, linkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { processMark } from '../../src/store/lock-owner.ts';
import {
  agent,
  document,
  finishedApi,
  refOf,
  refsOf,
  sameWhenRebuilt,
  startReplay,
  work,
} from '../helpers/lines.ts';
import { git, tempDirectory, tempRepository } from '../helpers/repository.ts';
import { fsck, open, rebuiltRows, rowsOf, timeline } from '../helpers/store.ts';

type Check = { name: string; ok: boolean; detail: string; repaired?: string };

/** Numbers below a bound, the same ones for the same seed. */
const dice = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
};

/** The steps of lines that the random histories had. */
const met = new Set<string>();

const history: Record<string, { init?: readonly string[]; config?: readonly string[]; gc?: true }> =
  {
    'moved in the process': {},
    'collected between all steps': { gc: true },
    'moved by git': { config: ['core.logAllRefUpdates', 'always'] },
    'in a SHA-256 repository': { init: ['--object-format=sha256'] },
    'in a bare repository': { init: ['--bare'] },
  };

const first = Number(process.env['CONCORD_SEED'] ?? 1);

describe.each(
  Object.entries(history).map(([name, variant], at) => [name, first + at, variant] as const),
)('a random history of lines, %s (%i),', (_name, seed, variant) => {
  test('has one index, unique versions, and a commit for each step', async () => {
    const directory = tempRepository(...(variant.init ?? []));
    if (variant.config) git(directory, 'config', ...variant.config);
    const next = dice(seed);
    const one = <T>(list: readonly T[]): T => list[next(list.length)] as T;
    let now = Date.parse('2026-11-22T14:00:00Z');
    const clock = (): number => (now += 1000 * next(60));
    const agents = ['ann-lee', 'api-dev', 'qa-dev'].map((who, at) =>
      agent(directory, who, { clock, memory: at === 2 }),
    );
    await agents[0]?.call('init');
    const second = await open(directory);
    const ids = ['a', 'b', 'c', 'd'];
    const open_ = new Set<string>();
    const refs = new Map<string, { line: string; text: string }>();
    const snapshots: string[] = [];
    const steps = new Map<string, number>();
    let names = 0;
    const lineOf = (): string => one(['main', ...open_]);
    const done = (answer: string): boolean => answer.startsWith('{');

    const acts: readonly (() => Promise<void>)[] = [
      async () => {
        const line = lineOf();
        const text = `text ${(names += 1)}`;
        const artifactId = one(['free', 'api', 'out/a', 'out/b']);
        const input = { artifactId, artifactType: 'document', data: document(text), line };
        const answer = await one(agents).says('artifact_publish', input);
        if (done(answer)) refs.set((JSON.parse(answer) as { ref: string }).ref, { line, text });
      },
      async () => {
        const contractId = one(ids);
        const line = lineOf();
        const by = one(agents);
        await by.says('contract_claim', { contractId, line });
        const text = `for ${contractId} ${(names += 1)}`;
        const answer = await by.says('artifact_publish', {
          contractId,
          artifactType: 'document',
          data: document(text),
          line,
        });
        if (done(answer)) refs.set((JSON.parse(answer) as { ref: string }).ref, { line, text });
      },
      async () => {
        await one(agents).says('contract_create', {
          contractId: one(ids),
          dependencies: one([[], [one(ids)], [{ artifactId: 'api' }]]),
          expectedOutputs: one([
            ['document'],
            [{ artifactType: 'document', artifactId: one(['out/a', 'out/b']) }],
          ]),
          line: lineOf(),
        });
      },
      async () => {
        const action = one(['release', 'fail', 'reopen', 'cancel', 'complete']);
        const input = { contractId: one(ids), action, reason: 'why', line: lineOf() };
        await one(agents).says('contract_update', input);
      },
      async () => {
        const rules = [
          {
            trigger: { type: 'artifact-published', artifactId: 'free' },
            action: { type: 'notify_session', target: 'qa-dev', message: 'free' },
          },
        ];
        const line = lineOf();
        const pipelineId = one(['p', 'q']);
        const action = one(['pause', 'resume', 'remove']);
        await one(agents).says('pipeline_create', { pipelineId, rules, line });
        if (next(2) === 0) await one(agents).says('pipeline_update', { pipelineId, action, line });
      },
      async () => {
        const snapshot = `s${(names += 1)}`;
        const answer = await one(agents).says('team_snapshot', { name: snapshot, line: lineOf() });
        expect(answer).toMatch(/^\{/);
        snapshots.push(snapshot);
        steps.set('snapshot-created', (steps.get('snapshot-created') ?? 0) + 1);
      },
      async () => {
        const input = { snapshot: one(snapshots) ?? 'main', reason: 'back', line: lineOf() };
        const answer = await one(agents).says('rollback', input);
        if (done(answer)) steps.set('line-rolled-back', (steps.get('line-rolled-back') ?? 0) + 1);
        else expect(answer).toMatch(/^NOT_(ALLOWED|FOUND)/);
      },
      async () => {
        if (open_.size > 3) return;
        const line = `r${(names += 1)}`;
        const id = one(ids);
        const answer = await one(agents).says('team_replay', {
          snapshot: one([...snapshots, 'main', ...open_]),
          name: line,
          overrides: one([{}, { [id]: { title: 'New', inputs: { context: line } } }]),
        });
        if (done(answer)) open_.add(`replay/${line}`);
        else expect(answer).toMatch(/^NOT_FOUND/);
      },
      async () => {
        const line = one([...open_]) ?? 'none';
        const action = one(['adopt', 'adopt', 'drop']);
        const take = action === 'adopt' && next(2) === 0 ? { take: 'replay' } : {};
        const answer = await one(agents).says('team_replay', { action, name: line, ...take });
        if (!done(answer)) return expect(answer).toMatch(/^(NOT_(ALLOWED|FOUND)|CONFLICT)/);
        open_.delete(line);
        const event = action === 'adopt' ? 'replay-adopted' : 'replay-dropped';
        steps.set(event, (steps.get(event) ?? 0) + 1);
        if (action === 'drop')
          for (const [ref, made] of refs) if (made.line === line) refs.delete(ref);
      },
    ];
    const order = [0, 1, 2, 5, 2, 0, 1, 7, 1, 0];
    for (let step = 0; step < 60; step += 1) {
      await acts[order[step] ?? next(acts.length)]?.();
      if (variant.gc) {
        git(directory, 'pack-refs', '--all');
        git(directory, 'gc', '-q', '--prune=now');
      }
      if (step % 20 === 0) expect(await rowsOf(second)).toEqual(await rebuiltRows(directory));
    }
    expect(await rowsOf(second)).toEqual(await sameWhenRebuilt(directory));
    const reader = agent(directory, 'reader', { memory: true });
    for (const [ref, { text }] of refs)
      expect(await reader.call('artifact_get', { artifactId: ref })).toMatchObject({
        data: document(text),
      });
    const lines = ['main', ...open_];
    const published = git(
      directory,
      'log',
      '--format=%(trailers:key=Concord-Artifact,valueonly)',
      ...lines.map((line) => `refs/concord/${line}`),
    )
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [line.split(' ')[0] ?? '']));
    expect(published.toSorted()).toEqual([...refs.keys()].toSorted());
    const main = timeline(directory).flatMap(({ events }) => events);
    for (const type of ['replay-adopted', 'replay-dropped'])
      expect(main.filter((event) => event.startsWith(`${type} `))).toHaveLength(
        steps.get(type) ?? 0,
      );
    const { checks } = await reader.call('doctor', {});
    // Many small packs are folded on the way.
    const wrong = ({ name, ok, repaired }: Check) =>
      !ok || (repaired !== undefined && name !== 'packs');
    expect((checks as Check[]).filter(wrong)).toEqual([]);
    for (const type of ['line-rolled-back', 'replay-adopted', 'replay-dropped'])
      met.add(steps.has(type) ? type : '');
  }, 60_000);
});

test('the histories above had every step of a line', () => {
  expect([...met].filter(Boolean).sort()).toEqual([
    'line-rolled-back',
    'replay-adopted',
    'replay-dropped',
  ]);
});

test('each step of a line is one commit, and main sees nothing of a replay before it is adopted', async () => {
  const directory = tempRepository();
  const ann = await finishedApi(directory);
  const before = refOf(directory, 'main');
  await startReplay(ann, 'a');
  expect(await work(ann, 'api', 'two', 'replay/a')).toBe('api@2');
  expect(refOf(directory, 'main')).toBe(before);
  await ann.call('team_replay', { action: 'adopt', name: 'a' });
  await startReplay(ann, 'b');
  await ann.call('team_replay', { action: 'drop', name: 'b', reason: 'not better' });
  await ann.call('rollback', { snapshot: 'pre', reason: 'all of it' });
  const subjects = git(directory, 'log', '--first-parent', '--format=%s', 'refs/concord/main');
  expect(subjects.split('\n').slice(0, 4)).toEqual([
    'ann-lee rolls back to pre',
    'ann-lee drops replay/b',
    'ann-lee adopts replay/a',
    'ann-lee takes the snapshot pre',
  ]);
  expect(git(directory, 'rev-list', '--count', '--min-parents=2', 'refs/concord/main')).toBe('1');
  expect(git(directory, 'for-each-ref', 'refs/concord/replay')).toBe('');
  expect(git(directory, 'show', 'refs/concord/lines')).toBe('');
  await sameWhenRebuilt(directory);
});

describe('a replay of a replay', () => {
  const nested = async (directory: string) => {
    const ann = await finishedApi(directory);
    await startReplay(ann, 'a');
    await work(ann, 'api', 'two', 'replay/a');
    await startReplay(ann, 'b', 'replay/a', { tests: { inputs: { context: 'other' } } });
    await work(ann, 'tests', 'good', 'replay/b');
    return ann;
  };

  test('is adopted after the one that it begins on, with what that one did', async () => {
    const directory = tempRepository();
    const ann = await nested(directory);
    expect(await ann.says('team_replay', { action: 'adopt', name: 'b' })).toMatch(
      /NOT_ALLOWED replay\/b is a replay of replay\/a, which is not part of main/,
    );
    await sameWhenRebuilt(directory);
    await ann.call('team_replay', { action: 'adopt', name: 'a' });
    await sameWhenRebuilt(directory);
    expect(await work(ann, 'docs', 'main goes on', 'main')).toBe('docs@1');
    await ann.call('team_replay', { action: 'adopt', name: 'b' });
    await sameWhenRebuilt(directory);
    for (const reader of [ann, agent(directory, 'qa-dev', { memory: true })]) {
      const { contracts } = await reader.call('team_status', {});
      expect(contracts).toEqual({ completed: 3 });
      for (const [artifactId, text] of Object.entries({ api: 'two', results: 'good' }))
        expect(await reader.call('artifact_get', { artifactId })).toMatchObject({
          data: document(text),
        });
    }
    expect(await work(agent(directory, 'x', { memory: true }), 'docs', '-').catch(String)).toMatch(
      /completed/,
    );
  });

  test('keeps the one that it begins on from being dropped', async () => {
    const directory = tempRepository();
    const ann = await nested(directory);
    expect(await ann.says('team_replay', { action: 'drop', name: 'a' })).toMatch(
      /NOT_ALLOWED replay\/b is a replay of replay\/a.*Adopt or drop replay\/b first/,
    );
    await ann.call('team_replay', { action: 'drop', name: 'b' });
    await ann.call('team_replay', { action: 'drop', name: 'a' });
    await sameWhenRebuilt(directory);
    expect(await work(ann, 'tests', 'on main')).toBe('results@2');
  });

  test('tells what main did meanwhile, and not what it took over', async () => {
    const directory = tempRepository();
    const ann = await nested(directory);
    await ann.call('team_replay', { action: 'adopt', name: 'a' });
    await work(ann, 'tests', 'main was faster');
    const said = await ann.says('team_replay', { action: 'adopt', name: 'b' });
    expect(said).toMatch(/CONFLICT[^]*artifact results: main results@2, replay results@1/);
    expect(said).not.toMatch(/artifact api/);
    await ann.call('team_replay', { action: 'adopt', name: 'b', take: 'replay' });
    expect(await ann.call('artifact_get', { artifactId: 'results' })).toMatchObject({ version: 1 });
    await sameWhenRebuilt(directory);
  });
});

test('nothing begins at a state of a line that is closed: main has what was taken over', async () => {
  const directory = tempRepository();
  const ann = await finishedApi(directory);
  await startReplay(ann, 'a');
  await ann.call('team_snapshot', { name: 'on-a', line: 'replay/a' });
  await ann.call('team_replay', { action: 'adopt', name: 'a' });
  for (const dryRun of [true, false])
    expect(await ann.says('team_replay', { snapshot: 'on-a', name: 'b', dryRun })).toMatch(
      /NOT_FOUND replay\/a was adopted by ann-lee.*use main/,
    );
  expect(git(directory, 'for-each-ref', 'refs/concord/replay')).toBe('');
  expect(await ann.says('team_replay', { snapshot: 'main', name: 'b' })).toMatch(/^\{/);
  await sameWhenRebuilt(directory);
});

describe('where whoever began or closed a replay was killed on the way', () => {
  test('a name on the list is no line yet, and can be taken', async () => {
    const directory = tempRepository();
    const ann = await finishedApi(directory);
    await startReplay(ann, 'a');
    git(directory, 'update-ref', '-d', 'refs/concord/replay/a');
    const other = agent(directory, 'qa-dev', { memory: true });
    const calls: [string, object][] = [
      ['team_status', { line: 'replay/a' }],
      ['contract_claim', { contractId: 'docs', line: 'replay/a' }],
      ['team_replay', { action: 'adopt', name: 'a' }],
      ['team_replay', { action: 'drop', name: 'a' }],
    ];
    for (const [name, input] of calls)
      expect(await other.says(name, input)).toMatch(
        /^NOT_FOUND There is no line "replay\/a"\. Lines: main\.$/,
      );
    expect(await startReplay(other, 'a')).toMatchObject({ line: 'replay/a' });
    expect(await work(other, 'api', 'two', 'replay/a')).toBe('api@2');
  });

  test.each(['adopt', 'drop'])(
    '%s says that it has happened, and doctor tidies up',
    async (action) => {
      const directory = tempRepository();
      const ann = await finishedApi(directory);
      await startReplay(ann, 'a');
      const [tip, lines] = [refOf(directory, 'replay/a'), refOf(directory, 'lines')];
      await ann.call('team_replay', { action, name: 'a' });
      const refs = refsOf(directory);
      git(directory, 'update-ref', 'refs/concord/replay/a', tip);
      git(directory, 'update-ref', 'refs/concord/lines', lines);
      const other = agent(directory, 'qa-dev', { memory: true });
      for (const again of ['adopt', 'drop'])
        expect(await other.says('team_replay', { action: again, name: 'a' })).toMatch(
          new RegExp(`^NOT_FOUND replay/a was ${action}p?ed by ann-lee`),
        );
      expect(await other.says('team_status', { line: 'replay/a' })).toMatch(/^NOT_FOUND/);
      expect(await work(other, 'docs', 'on main')).toBe('docs@1');
      const { checks } = await other.call('doctor', {});
      expect((checks as Check[]).find(({ name }) => name === 'lines')).toMatchObject({
        ok: true,
        repaired: 'What was left of replay/a is gone.',
      });
      const main = (text: string) => text.replace(/^refs\/concord\/main .*$/m, '');
      expect(main(refsOf(directory))).toBe(main(refs));
    },
  );
});

test('replays that begin at the same time all begin, each name once', async () => {
  const directory = tempRepository();
  const ann = await finishedApi(directory);
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, at) =>
      agent(directory, `agent-${at}`, { memory: at % 2 === 1 }).says('team_replay', {
        snapshot: 'pre',
        name: `r${at % 7}`,
      }),
    ),
  );
  expect(answers.filter((answer) => answer.startsWith('{'))).toHaveLength(7);
  expect(answers.find((answer) => !answer.startsWith('{'))).toMatch(
    /^CONFLICT There is(, or was,)? a line replay\/r0/,
  );
  expect(git(directory, 'show', 'refs/concord/lines').split('\n')).toHaveLength(7);
  expect(await work(ann, 'docs', 'main')).toBe('docs@1');
  await sameWhenRebuilt(directory);
});

test('a dead lock on the list of lines is broken, by whoever begins or drops a replay', async () => {
  const directory = tempRepository();
  const ann = await finishedApi(directory);
  await startReplay(ann, 'a');
  const lock = join(directory, '.git/refs/concord/lines.lock');
  const { pid } = spawnSync('true');
  const owner = join(directory, '.git/concord/locks', processMark().replace(/^\d+/, String(pid)));
  const left = (): void => {
    rmSync(`${owner}-1`, { force: true });
    writeFileSync(`${owner}-1`, '');
    linkSync(`${owner}-1`, lock);
  };
  left();
  expect(await startReplay(ann, 'b')).toMatchObject({ line: 'replay/b' });
  left();
  const warnings: string[] = [];
  const other = agent(directory, 'qa-dev', { warn: (text) => warnings.push(text) });
  await other.call('team_replay', { action: 'drop', name: 'a' });
  expect(warnings).toEqual([]);
  expect(git(directory, 'show', 'refs/concord/lines')).toBe('replay/b');
});

describe('a snapshot', () => {
  const tagOf = (directory: string, ref = 'refs/tags/concord/pre'): string =>
    git(directory, 'cat-file', 'tag', ref);

  test('is an annotated tag with the tagger and the time of its commit', async () => {
    const directory = tempRepository();
    await finishedApi(directory);
    const seconds = git(directory, 'log', '-1', '--format=%at', 'refs/concord/main');
    expect(tagOf(directory).split('\n')).toEqual([
      `object ${refOf(directory, 'main')}`,
      'type commit',
      'tag concord/pre',
      `tagger ann-lee <ann-lee@concord.invalid> ${seconds} +0000`,
      '',
      'Before it',
      '',
      '3 contracts (2 ready, 1 completed), 1 artifact',
      'main, transaction 5',
    ]);
    expect(git(directory, 'tag', '-l', 'concord/*')).toBe('concord/pre');
  });

  test('works without its tag, which doctor makes again as it was', async () => {
    const directory = tempRepository();
    const ann = await finishedApi(directory);
    const oid = git(directory, 'rev-parse', 'refs/tags/concord/pre');
    await work(ann, 'docs', 'more');
    git(directory, 'tag', '-d', 'concord/pre');
    expect(await startReplay(ann, 'a')).toMatchObject({ from: { name: 'pre' } });
    expect(
      await ann.call('rollback', { snapshot: 'pre', reason: 'r', dryRun: true }),
    ).toMatchObject({
      contracts: [{ id: 'docs', from: 'completed', to: 'ready' }],
    });
    const { checks } = await agent(directory, 'qa-dev').call('doctor', {});
    expect((checks as Check[]).find(({ name }) => name === 'snapshots')).toEqual({
      name: 'snapshots',
      ok: true,
      detail: '1 snapshot',
      repaired: 'Tags made again: pre.',
    });
    expect(git(directory, 'rev-parse', 'refs/tags/concord/pre')).toBe(oid);
    const again = await ann.call('doctor', {});
    expect((again['checks'] as Check[]).filter(({ repaired }) => repaired)).toEqual([]);
  });

  test('can be kept out of the tags, also from later on', async () => {
    const directory = tempRepository();
    await finishedApi(directory);
    git(directory, 'config', 'concord.snapshots', 'refs/concord/snapshot/');
    const ann = agent(directory, 'ann-lee');
    await ann.call('team_snapshot', { name: 'later' });
    expect(git(directory, 'tag', '-l')).toBe('concord/pre');
    expect(tagOf(directory, 'refs/concord/snapshot/later')).toMatch(/^tag concord\/later$/m);
    for (const snapshot of ['pre', 'later'])
      expect(await startReplay(ann, `from-${snapshot}`, snapshot)).toMatchObject({
        from: { name: snapshot },
      });
    const { checks } = await ann.call('doctor', {});
    expect((checks as Check[]).filter(({ ok, repaired }) => !ok || repaired)).toEqual([]);
    await sameWhenRebuilt(directory);
  });

  test('of the way back has a name of its own, also after a dropped replay took one', async () => {
    const directory = tempRepository();
    const ann = await finishedApi(directory);
    await startReplay(ann, 'a');
    const input = { snapshot: 'pre', reason: 'r' };
    await ann.call('rollback', { ...input, line: 'replay/a' });
    await ann.call('team_replay', { action: 'drop', name: 'a' });
    await work(ann, 'docs', 'more');
    const tip = refOf(directory, 'main');
    const { before } = await ann.call('rollback', input);
    expect(before).toBe('before-rollback-2');
    expect(git(directory, 'rev-parse', `concord/${String(before)}^{commit}`)).toBe(tip);
    await ann.call('rollback', { snapshot: before, reason: 'on again' });
    expect(await ann.call('artifact_get', { artifactId: 'docs' })).toMatchObject({ version: 1 });
    await sameWhenRebuilt(directory);
  });

  test('of one name is taken on one line only, also where lines go back at the same time', async () => {
    const directory = tempRepository();
    git(directory, 'config', 'core.logAllRefUpdates', 'always');
    const ann = await finishedApi(directory);
    const lines = ['main', 'replay/a', 'replay/b'];
    for (const name of ['a', 'b']) await startReplay(ann, name, 'pre', {});
    const agents = lines.map((_, at) => agent(directory, `agent-${at}`, { memory: true }));
    const names: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      for (const line of lines)
        await ann.call('contract_create', { contractId: `new-${round}`, line });
      const done = await Promise.all(
        agents.map(({ call }, at) =>
          call('rollback', { snapshot: 'pre', reason: 'all at once', line: lines[at] }),
        ),
      );
      names.push(...done.map(({ before }) => String(before)));
    }
    expect(new Set(names).size).toBe(3 * 4);
    await sameWhenRebuilt(directory);
  });
});

test('a repository that cannot be written to shows what is on a replay', async () => {
  const directory = tempRepository();
  const ann = await finishedApi(directory);
  await startReplay(ann, 'a');
  await work(ann, 'api', 'two', 'replay/a');
  git(directory, 'config', 'core.logAllRefUpdates', 'false');
  const copy = join(tempDirectory(), 'copy');
  git(directory, 'clone', '-q', '--mirror', '.', copy);
  // Root may write anywhere: where the index would be, there is a file.
  writeFileSync(join(copy, 'concord'), '');
  chmodSync(copy, 0o555);
  onTestFinished(() => chmodSync(copy, 0o755));
  const reader = agent(copy, 'qa-dev');
  expect(await reader.call('artifact_get', { artifactId: 'api', line: 'replay/a' })).toMatchObject({
    version: 2,
  });
  expect(await reader.call('artifact_get', { artifactId: 'api' })).toMatchObject({ version: 1 });
  expect(await reader.call('team_status', { line: 'replay/a' })).toMatchObject({
    contracts: { completed: 1, ready: 2 },
  });
});

test('a line whose ref was moved back is read again, and main is as it was', async () => {
  const directory = tempRepository();
  const ann = await finishedApi(directory);
  await startReplay(ann, 'a');
  const start = refOf(directory, 'replay/a');
  await work(ann, 'api', 'two', 'replay/a');
  const other = agent(directory, 'qa-dev', { memory: true });
  await other.call('team_status', { line: 'replay/a' });
  git(directory, 'update-ref', 'refs/concord/replay/a', start);
  for (const reader of [ann, other])
    expect(await reader.call('team_status', { line: 'replay/a' })).toMatchObject({
      contracts: { ready: 2, pending: 1 },
      artifacts: 0,
    });
  expect(await work(other, 'api', 'three', 'replay/a')).toMatch(/^api@[23]$/);
  expect(fsck(directory)).toBe('');
});

test.each([
  ['moved in the process', 'false'],
  ['moved by git', 'always'],
])(
  'what a replay answered while main took it over is part of main, with refs %s',
  async (_, logged) => {
    const directory = tempRepository();
    git(directory, 'config', 'core.logAllRefUpdates', logged);
    const ann = await finishedApi(directory);
    const dev = agent(directory, 'api-dev', { memory: true });
    const rounds = [0, 1, 2, 3, 4, 5];
    await ann.call('contract_create', {
      contracts: rounds.map((round) => ({ contractId: `t${round}` })),
    });
    for (const round of rounds) {
      await startReplay(ann, `r${round}`, 'main', {});
      const line = `replay/r${round}`;
      await dev.call('team_status', { line });
      const [claimed, adopted] = await Promise.all([
        dev.says('contract_claim', { contractId: `t${round}`, line }),
        ann.says('team_replay', { action: 'adopt', name: line }),
      ]);
      if (!adopted.startsWith('{')) {
        expect(adopted).toMatch(/^CONFLICT .*has just moved on/);
        await ann.call('team_replay', { action: 'adopt', name: line });
      }
      const told = git(
        directory,
        'log',
        '--format=%(trailers:key=Concord-Event,valueonly)',
        'refs/concord/main',
      );
      const happened = told.includes(`contract-claimed t${round}\n`);
      expect(claimed.startsWith('{')).toBe(happened);
      if (!happened) expect(claimed).toMatch(/^NOT_FOUND replay\/r\d was adopted/);
    }
    expect(git(directory, 'for-each-ref', 'refs/concord/replay')).toBe('');
    await sameWhenRebuilt(directory);
  },
);
