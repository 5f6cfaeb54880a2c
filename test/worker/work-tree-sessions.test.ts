import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Agent } from '../../src/model/entity.ts';
import { planLaunch } from '../../src/worker/launch/launch.ts';
import type { Launch } from '../../src/worker/launch/types.ts';
import { usageOf } from '../../src/worker/usage/usage.ts';
import { prepareWorkplace } from '../../src/worker/worktree/prepare.ts';
import type { Workplace } from '../../src/worker/worktree/prepare.ts';
import { openProject } from '../../src/worker/worktree/project.ts';
import { bin, json, login, ok, storeRepository } from '../helpers/cli.ts';
import { inTurn, say, use } from '../helpers/claude/minds.ts';
import { startModel } from '../helpers/claude/model.ts';
import type { Mind, Model } from '../helpers/claude/model.ts';
import type { Step } from '../helpers/claude/conversation.ts';
import { codex, gemini, otherHome } from '../helpers/claude/others.ts';
import { claude, claudeHome } from '../helpers/claude/session.ts';
import type { Home } from '../helpers/claude/home.ts';
import { git, tempDirectory } from '../helpers/repository.ts';
import { started } from './started.ts';

const commitAll = 'echo new > new.txt && git add -A && git commit -q -m Work && git log --oneline';

/** Concord whose hooks say nothing: what they say is not what is looked at here. */
const quietProgram = (): string => {
  const path = join(tempDirectory(), 'concord.mjs');
  const url = JSON.stringify(pathToFileURL(bin));
  writeFileSync(path, `if (process.argv[2] !== 'hook') await import(${url});\n`);
  return path;
};

type Client = {
  readonly program: string | undefined;
  readonly home: (model: Model) => Home;
  readonly agent: Partial<Agent>;
  /** Runs a line of the shell. */
  readonly shell: (line: string) => Step;
};

const clients: Readonly<Record<'claude' | 'codex' | 'gemini', Client>> = {
  claude: {
    program: claude,
    home: claudeHome,
    agent: { command: ['claude'], permissionMode: 'acceptEdits', tools: ['Bash'] },
    shell: (command) => ({ use: 'Bash', input: { command, description: 'Commit' } }),
  },
  codex: {
    program: codex,
    home: (model) => otherHome('codex', model),
    // Temporary directories are open in its sandbox, and that is where tests live.
    agent: {
      command: [
        'codex',
        '-c',
        'sandbox_workspace_write.exclude_slash_tmp=true',
        '-c',
        'sandbox_workspace_write.exclude_tmpdir_env_var=true',
      ],
    },
    shell: (cmd) => ({ use: 'exec_command', input: { cmd } }),
  },
  gemini: {
    program: gemini,
    home: (model) => otherHome('gemini', model),
    agent: { command: ['gemini'], permissionMode: 'bypassPermissions', model: 'gemini-2.5-pro' },
    shell: (command) => ({ use: 'run_shell_command', input: { command } }),
  },
};

describe.each(Object.entries(clients))('a session of %s', (name, client) => {
  const begin = async (mind: Mind) => {
    const directory = await storeRepository();
    git(directory, 'commit', '-q', '--allow-empty', '-m', 'First');
    await ok(directory, ['contract', 'create', 'build-api', '--expects', 'api-contract']);
    const model = await startModel(mind);
    const { env } = client.home(model);
    const project = await openProject(directory, { XDG_STATE_HOME: tempDirectory() });
    const place: Workplace = await prepareWorkplace(project, {
      contract: 'build-api',
      agent: 'api-dev',
      commits: [],
    });
    const launch: Launch = planLaunch({
      agent: { name: 'api-dev', registered: '2026-11-22T17:43:22Z', ...client.agent },
      contract: 'build-api',
      attempt: 1,
      prompt: 'Publish what build-api expects.',
      run: 'run-7c2e',
      line: 'main',
      directory: tempDirectory(),
      cwd: place.path,
      settings: {
        program: { node: process.execPath, script: quietProgram() },
        inherited: env,
        workTree: place,
      },
    });
    return { directory, model, launch };
  };

  test.skipIf(client.program === undefined)(
    'has Concord in a work tree, edits there, commits there and says what it used',
    { timeout: 120_000 },
    async () => {
      const { directory, model, launch } = await begin(
        inTurn(
          use('contract_claim'),
          use('artifact_publish', { data: login }),
          client.shell(commitAll),
          say('All is done.'),
        ),
      );
      const { code, out, err } = await started(launch);
      expect({ code, results: model.last().results, ...(code !== 0 && { err }) }).toMatchObject({
        code: 0,
        results: [
          { text: expect.stringMatching(/^You hold/) as unknown },
          { text: expect.stringMatching(/^Published/) as unknown },
          { text: expect.stringContaining('Work') as unknown },
        ],
      });
      const contract = await json(directory, ['contract', 'show', 'build-api']);
      expect(contract).toMatchObject({ status: 'completed' });
      expect(git(directory, 'log', '-1', '--format=%s', 'work/build-api')).toBe('Work');
      expect(existsSync(join(directory, 'new.txt'))).toBe(false);
      expect(git(directory, 'show', '--stat', '--format=', 'work/build-api')).toMatch(
        /^ new\.txt \| 1 \+\n 1 file changed/,
      );
      expect(git(directory, 'status', '--porcelain')).toBe('');
      expect(usageOf(launch.usage, `${out}${err}`)).toMatchObject({
        tokens: expect.any(Number) as unknown,
        session: expect.any(String) as unknown,
        cumulative: name !== 'gemini',
        said: 'All is done.',
        denied: [],
        finished: true,
        ...(name === 'claude' && { usd: expect.any(Number) as unknown }),
      });
    },
  );
});
