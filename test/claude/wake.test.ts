import { describe, expect, test } from 'vitest';
import { login } from '../helpers/cli.ts';
import { inTurn, say, use } from '../helpers/claude/minds.ts';
import { startModel } from '../helpers/claude/model.ts';
import {
  assign,
  deedsOf,
  notWaiting,
  project,
  statusOf,
  waiting,
} from '../helpers/claude/project.ts';
import { claude, claudeHome, live } from '../helpers/claude/session.ts';
import { hasTmux, interactive } from '../helpers/claude/terminal.ts';
import { until } from '../helpers/claude/until.ts';

const publish = use('artifact_publish', { data: login, summary: 'Login' });
const asDev = { CONCORD_AGENT: 'api-dev' };
/** What a session is started with that works for the team. */
const forTeam = { ...asDev, CONCORD_WORK: '1' };

describe.skipIf(claude === undefined)('an idle session', { timeout: 120_000 }, () => {
  test('of the team is woken when its work becomes ready, and not for that of others', async () => {
    const model = await startModel(inTurn(say('Idle.'), use('contract_claim'), publish));
    const home = claudeHome(model, forTeam);
    const directory = await project(home);
    const session = live(home, directory);
    session.say('Hello.');
    expect((await session.result(1)).result).toBe('Idle.');
    await waiting(home);
    await assign(directory, 'qa-dev', 'not-mine');
    await assign(directory, 'api-dev', 'build-api');
    expect((await session.result(2)).result).toBe('Done.');
    expect(model.seen[1]?.news).toContain('build-api');
    expect(model.seen[1]?.news).not.toContain('not-mine');
    expect(await statusOf(directory, 'build-api')).toBe('completed');
    expect(await statusOf(directory, 'not-mine')).toBe('ready');
  });

  test('`concord work on` makes a session one of the team, `concord work off` takes it back', async () => {
    const bash = (command: string) => ({ use: 'Bash', input: { command, description: 'Concord' } });
    const model = await startModel(
      inTurn(
        bash('concord work on'),
        say('On.'),
        use('contract_claim'),
        publish,
        bash('concord work off'),
        say('Off.'),
      ),
    );
    const home = claudeHome(model, asDev);
    const directory = await project(home);
    const session = live(home, directory, ['--allowedTools', 'Bash(concord:*)']);
    session.say('Work for the team.');
    expect((await session.result(1)).result).toBe('On.');
    await waiting(home);
    await assign(directory, 'api-dev', 'build-api');
    expect((await session.result(2)).result).toBe('Off.');
    expect(await statusOf(directory, 'build-api')).toBe('completed');
    await notWaiting(home);
    await session.leave();
  });

  test.skipIf(!hasTmux)('the same at a terminal', async () => {
    const model = await startModel(inTurn(say('Idle now.'), use('contract_claim'), publish));
    const home = claudeHome(model, forTeam);
    const directory = await project(home);
    const terminal = interactive(home, directory);
    await until('the prompt', () => terminal.screen().includes('❯'));
    terminal.type('Hello.');
    await until('an answer', () => terminal.screen().includes('Idle now.'));
    await waiting(home);
    await assign(directory, 'api-dev', 'build-api');
    await until('the second answer', () => terminal.screen().includes('Done.'));
    expect(deedsOf(directory, 'api-dev')).toEqual([
      'api-dev claims build-api',
      'api-dev publishes build-api/api-contract@1',
    ]);
  });
});
