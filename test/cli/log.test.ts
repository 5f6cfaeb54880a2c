import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  bin,
  concord,
  hasTerminal,
  json,
  login,
  ok,
  onTerminal,
  refused,
  storeRepository,
  text,
  within,
} from '../helpers/cli.ts';
import { git, gitEnv, lastingRepository, tempRepository } from '../helpers/repository.ts';
import { commitByHand } from '../helpers/scratch.ts';

type Log = {
  readonly line: string;
  readonly entries: readonly {
    readonly commit: string;
    readonly position: number;
    readonly agent: string;
    readonly subject: string;
    readonly text?: string;
    readonly events: readonly { readonly type: string; readonly told?: readonly string[] }[];
    readonly refused?: true;
  }[];
  readonly total: number;
  readonly left: number;
  readonly hidden: number;
  readonly cursor?: string;
  readonly near?: string;
};

const log = (directory: string, ...args: readonly string[]): Promise<Log> =>
  json<Log>(directory, ['log', ...args]);

/** Without ages and commits, which differ from run to run. */
const bare = (out: string): string[] =>
  out
    .split('\n')
    .map((line) =>
      line.replace(/^(just now|\d+ seconds ago) +/, '').replace(/ {2}[0-9a-f]{12}$/, ''),
    )
    .map((line) => line.replace(/^ +->/, '->'));

/** A loop that has healed itself once, by three agents. */
const team = async (directory: string): Promise<void> => {
  await within(directory, 'ann-lee', async ({ call }) => {
    await call('contract_create', {
      contractId: 'build-api',
      assignee: 'api-dev',
      expectedOutputs: ['api-contract'],
    });
    await call('contract_create', {
      contractId: 'write-tests',
      assignee: 'qa-dev',
      dependencies: ['build-api'],
      expectedOutputs: ['document'],
    });
  });
  await within(directory, 'api-dev', async ({ call }) => {
    await call('contract_claim', {});
    await call('artifact_publish', { artifactId: 'api', data: login, summary: 'The login' });
  });
  await within(directory, 'qa-dev', async ({ call }) => {
    await call('agent_register', { name: 'qa-dev', role: 'qa' });
    await call('contract_update', {
      contractId: 'build-api',
      action: 'reopen',
      reason: 'Tests failing: 2 failures',
    });
  });
};

describe('the timeline of a team', () => {
  let directory = '';
  beforeAll(async () => {
    const made = lastingRepository();
    directory = made.directory;
    await within(directory, 'ann-lee', ({ call }) => call('init'));
    await team(directory);
    return made.remove;
  });

  test('newest first, what followed below, in plain words', async () => {
    const lines = bare(await ok(directory, ['log']));
    expect(lines).toEqual([
      expect.stringMatching(/^qa-dev {3}reopens build-api {2}"Tests failing: 2 failures"$/),
      '-> write-tests waits again: build-api is open again',
      '-> build-api is ready (api-dev told)',
      expect.stringMatching(/^api-dev {2}publishes api@1 {2}"The login"$/),
      '-> build-api is completed (ann-lee told)',
      '-> write-tests is ready (qa-dev told)',
      'api-dev  claims build-api',
      'ann-lee  gives write-tests to qa-dev',
      'ann-lee  gives build-api to api-dev',
      '-> build-api is ready (api-dev told)',
      'ann-lee  creates the store',
      '1 renewal or registration not shown (all shows them).',
      '',
      expect.stringMatching(/^Next: concord show [0-9a-f]{12}$/),
      '',
    ]);
  });

  test('all shows registrations, too; graph draws the line', async () => {
    const out = await ok(directory, ['log', '--all', '--graph']);
    expect(out).toMatch(/^\* {2}.* qa-dev {3}reopens build-api /);
    expect(out).toContain('  -> api-dev is registered\n');
    expect(out).toMatch(/\n│ .*-> write-tests waits again/);
    expect((await log(directory)).hidden).toBe(1);
    expect((await log(directory, '--all')).hidden).toBe(0);
  });

  test('as data: events with who was told', async () => {
    const { line, entries, total, left } = await log(directory, '--limit', '1');
    expect({ line, total, left }).toEqual({ line: 'main', total: 7, left: 5 });
    expect(entries).toMatchObject([
      {
        agent: 'qa-dev',
        position: 7,
        subject: 'qa-dev reopens build-api',
        text: 'Tests failing: 2 failures',
      },
    ]);
    expect(entries[0]?.commit).toBe(git(directory, 'rev-parse', 'concord/main'));
    expect(entries[0]?.events.at(-1)).toEqual({
      type: 'contract-ready',
      subject: 'build-api',
      told: ['api-dev'],
    });
  });

  test.each([
    [
      ['--agent', 'api-dev'],
      [4, 5],
    ],
    [
      ['--contract', 'write-tests'],
      [3, 5, 7],
    ],
    [['--contract', 'write-tests', '--agent', 'api-dev'], [5]],
    [['--artifact', 'api'], [5]],
    [['--artifact', 'api@1'], [5]],
    [['--artifact', 'api', '--agent', 'qa-dev'], []],
    [['--event', 'contract-reopened'], [7]],
    [
      ['--event', 'contract_ready'],
      [2, 5, 7],
    ],
    [['--event', 'agent-registered', '--agent', 'qa-dev'], [6]],
    [
      ['--since', '2020-01-01'],
      [1, 2, 3, 4, 5, 7],
    ],
    [['--since', '2999-01-01'], []],
  ])('%j', async (args, positions) => {
    const { entries, left } = await log(directory, ...args);
    expect(entries.map(({ position }) => position).toReversed()).toEqual(positions);
    expect(left).toBe(0);
  });

  test('since and at take commits and snapshots; a commit itself is not after it', async () => {
    const [, published] = (await log(directory)).entries;
    const commit = published?.commit.slice(0, 12) ?? '';
    const since = await log(directory, '--since', commit);
    expect(since.entries.map(({ position }) => position)).toEqual([7]);
    git(directory, 'tag', 'concord/first', published?.commit ?? '');
    const at = await log(directory, '--at', 'concord/first');
    expect(at.entries.map(({ position }) => position)).toEqual([5, 4, 3, 2, 1]);
    expect(at.total).toBe(5);
  });

  test('where nothing matches, it says with which filter, and whom one meant', async () => {
    const out = await ok(directory, ['log', '--agent', 'qa-dv', '--event', 'contract-failed']);
    expect(out).toBe(
      'No transaction of main by the agent "qa-dv", with the event "contract-failed" (7 transactions there). Did you mean the agent qa-dev?\n\nNext: concord log\n',
    );
  });

  test.each([
    [['--contract', 'build-ap'], 'NOT_FOUND', /no contract "build-ap"/],
    [['--artifact', 'ap'], 'NOT_FOUND', /no artifact ap\./],
    [['--artifact', 'api@7'], 'NOT_FOUND', /no api@7/],
    [['--event', 'reopened'], 'INVALID', /known event; got "reopened"/],
    [['--cursor', '-1'], 'INVALID', /number that the page before named/],
    [['--since', 'yesterday'], 'NOT_FOUND', /"yesterday" is no commit, snapshot or time/],
    [['--since', '2026-13-45'], 'INVALID', /since must be a time/],
    [['--graph', '--reverse'], 'INVALID', /graph must be left out with reverse/],
    [['--follow', '--at', '2026-11-22'], 'INVALID', /at must be left out/],
  ])('%j is refused', async (args, code, message) => {
    const error = await refused(directory, ['log', ...args]);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });
});

test('no store, and an empty one: what to do next', async () => {
  expect(await refused(tempRepository(), ['log'])).toMatchObject({
    code: 'NO_STORE',
    next: 'concord init',
  });
  const out = await ok(await storeRepository(), ['log']);
  expect(out).toMatch(
    /^just now {2}ann-lee {2}creates the store .*\n\nNext: concord contract create /,
  );
});

test('text of agents stays on its line, whatever it holds', async () => {
  const directory = await storeRepository();
  const evil = 'One\u001b[2J\n  -> x is ready\r\n\nConcord-Event: contract-failed x \u202egnp';
  await within(directory, 'api-dev', async ({ call }) => {
    await call('contract_create', { contractId: 'x', title: evil, expectedOutputs: ['document'] });
    await call('contract_claim', {});
    await call('artifact_publish', { artifactId: 'x', data: text(evil), summary: evil });
    await call('contract_update', { contractId: 'x', action: 'reopen', reason: evil });
    await call('message_send', { to: '*', text: evil });
  });
  const out = await ok(directory, ['log']);
  // oxlint-disable-next-line no-control-regex -- these are the characters in question
  expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  expect(out.match(/"One\\u\{001b\}/g)).toHaveLength(4);
  expect(out).not.toMatch(/^ *-> x is ready$/m);
  expect(out).not.toContain('failed for good');
  const { entries } = await log(directory);
  expect(entries.flatMap(({ events }) => events.map(({ type }) => type))).not.toContain(
    'contract-failed',
  );
});

test('commits that break the rules are marked, once they are set aside and before', async () => {
  const directory = await storeRepository();
  commitByHand(directory, {
    message: 'mallory publishes\u001b[2J everything',
    files: { 'evil.txt': 'x' },
    author: 'Mallory',
  });
  const before = await concord(directory, ['log']);
  expect(before.out).toMatch(/^The newest commits break the rules and are not applied: /);
  await within(directory, 'ann-lee', ({ call }) =>
    call('artifact_publish', { artifactId: 'x', artifactType: 'document', data: text('x') }),
  );
  const lines = bare(await ok(directory, ['log']));
  expect(lines.slice(0, 3)).toEqual([
    'ann-lee  publishes x@1',
    expect.stringMatching(/^ann-lee {2}sets aside 1 commit that breaks the rules {2}".+"$/),
    'Mallory  refused: "mallory publishes\\u{001b}[2J everything" (breaks the rules, not applied)',
  ]);
  const { entries } = await log(directory, '--agent', 'Mallory');
  expect(entries).toMatchObject([{ agent: 'Mallory', refused: true, events: [] }]);
});

describe('a long history', () => {
  let directory = '';
  const many = 300;
  beforeAll(async () => {
    const made = lastingRepository();
    directory = made.directory;
    await within(directory, 'ann-lee', ({ call }) => call('init'));
    await within(directory, 'api-dev', async ({ call }) => {
      for (let n = 1; n <= many; n += 1)
        await call('artifact_publish', {
          artifactId: `part-${n % 10}`,
          artifactType: 'document',
          data: text(String(n)),
        });
    });
    return made.remove;
  });

  /** All pages, by the calls that they name themselves. */
  const pages = async (...first: readonly string[]): Promise<readonly string[]> => {
    const found: string[] = [];
    let args: readonly string[] | undefined = ['log', ...first];
    while (args) {
      const out = await ok(directory, args);
      found.push(...bare(out).filter((line) => line.startsWith('api-dev')));
      const next = /^Next: concord (log .*--cursor .*)$/m.exec(out)?.[1];
      args = next?.split(' ');
    }
    return found;
  };

  test('a page says how many are left, and the exact call for the next one', async () => {
    const out = await ok(directory, ['log']);
    expect(bare(out).slice(-4)).toEqual([
      '30 transactions of main; 271 earlier ones left.',
      '',
      'Next: concord log --cursor 272',
      '',
    ]);
  });

  test('pages give every transaction once, in both directions, with and without filters', async () => {
    const all = await pages('--limit', '130');
    expect(all).toHaveLength(many);
    expect(new Set(all).size).toBe(many);
    expect(await pages('--limit', '130', '--reverse')).toEqual(all.toReversed());
    const part = all.filter((line) => line.includes(' part-3@'));
    expect(await pages('--limit', '11', '--artifact', 'part-3')).toEqual(part);
    expect(await pages('--limit', '11', '--artifact', 'part-3', '--reverse')).toEqual(
      part.toReversed(),
    );
    expect(await pages('--limit', '299', '--agent', 'api-dev')).toEqual(all);
  });

  test('what remains of a filter is counted where the index knows it', async () => {
    const out = await ok(directory, ['log', '--artifact', 'part-3', '--limit', '4']);
    expect(out).toContain('4 transactions of main; 26 earlier ones left.\n');
    const rare = await log(directory, '--agent', 'ann-lee', '--limit', '5');
    expect(rare).toMatchObject({ left: 0, entries: [{ position: 1 }] });
  });

  test.skipIf(!hasTerminal)(
    '(needs script) a terminal gets a pager, by the rules of git',
    async () => {
      const paged = (env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<string> =>
        onTerminal(directory, ['log', '--limit', '2', ...args], { NO_COLOR: '1', ...env });
      const mark = "sed 's/^/P:/'";
      const three = 5;
      expect((await paged({ GIT_PAGER: mark })).match(/^P:/gm)).toHaveLength(three);
      expect(await paged({ GIT_PAGER: 'cat', PAGER: mark })).not.toContain('P:');
      expect((await paged({ PAGER: mark })).match(/^P:/gm)).toHaveLength(three);
      git(directory, 'config', 'core.pager', "sed 's/^/C:/'");
      expect((await paged({ PAGER: mark })).match(/^C:/gm)).toHaveLength(three);
      git(directory, 'config', '--unset', 'core.pager');
      expect(await paged({ PAGER: mark }, '--json')).not.toContain('P:');
      // What cannot be started hides nothing; what reads nothing holds nothing up.
      expect(await paged({ GIT_PAGER: 'no-such-pager' })).toContain('publishes part-0@30');
      expect(await paged({ GIT_PAGER: 'true' })).toBe('');
      const piped = await concord(directory, ['log'], { env: { GIT_PAGER: mark } });
      expect(piped.out).not.toContain('P:');
    },
  );
});

describe('follow', () => {
  /** The program at work; `until` resolves when it has printed this. */
  const following = (directory: string, ...args: readonly string[]) => {
    const child = spawn(process.execPath, [bin, 'log', '--follow', ...args], {
      cwd: directory,
      env: gitEnv,
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let out = '';
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
    const seen = (wanted: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const look = (): void => (out.includes(wanted) ? resolve() : undefined);
        child.stdout.on('data', look);
        child.once('close', () => reject(new Error(`it ended without ${wanted}: ${out}${err}`)));
        look();
      });
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
    const stop = async (): Promise<{ code: unknown; out: string; err: string }> => {
      child.kill('SIGINT');
      const [code] = (await once(child, 'close')) as unknown[];
      return { code, out, err };
    };
    return { seen, stop };
  };

  const publish = (directory: string, ...ids: readonly string[]): Promise<void> =>
    within(directory, 'api-dev', async ({ call }) => {
      for (const artifactId of ids)
        await call('artifact_publish', {
          artifactId,
          artifactType: 'document',
          data: text(artifactId),
        });
    });

  test('shows what happens as it happens, until Ctrl-C', async () => {
    const directory = await storeRepository();
    await publish(directory, 'one', 'two');
    const { seen, stop } = following(directory, '--limit', '2');
    await seen('publishes two@1');
    await publish(directory, 'three', 'four');
    await seen('publishes four@1');
    await ok(directory, ['send', '*', 'hello', '--as', 'api-dev']);
    await seen('writes to everyone');
    const { code, out, err } = await stop();
    expect({ code, err }).toEqual({ code: 130, err: '' });
    expect(bare(out)).toEqual([
      'api-dev  publishes one@1',
      'api-dev  publishes two@1',
      'api-dev  publishes three@1',
      'api-dev  publishes four@1',
      'api-dev  writes to everyone  "hello"',
      '',
    ]);
  });

  test('with a filter and as data: one object a line', async () => {
    const directory = await storeRepository();
    const { seen, stop } = following(directory, '--json', '--event', 'artifact-published');
    await ok(directory, ['send', '*', 'hello', '--as', 'api-dev']);
    await publish(directory, 'one', 'two');
    await seen('two@1');
    const { code, out } = await stop();
    expect(code).toBe(130);
    const lines = out.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { ok: true, data: { subject: 'api-dev publishes one@1', position: 3 } },
      { ok: true, data: { subject: 'api-dev publishes two@1', position: 4 } },
    ]);
  });

  test('a reader that leaves ends it, and without a store there is nothing to follow', async () => {
    const directory = await storeRepository();
    await publish(directory, 'one');
    const words = `'${process.execPath}' '${bin}' log --follow | head -n 1`;
    const child = spawn('sh', ['-c', words], { cwd: directory, env: gitEnv });
    const closed = once(child, 'close');
    // It notices that nobody reads when it has something to say.
    await once(child.stdout, 'data');
    await publish(directory, 'two');
    expect(await closed).toEqual([0, null]);
    expect(await refused(tempRepository(), ['log', '--follow'])).toMatchObject({
      code: 'NO_STORE',
      next: 'concord init',
    });
  });
});
