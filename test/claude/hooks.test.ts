import { describe, expect, test } from 'vitest';
import { login, ok } from '../helpers/cli.ts';
import { inTurn, say, use } from '../helpers/claude/minds.ts';
import { startModel } from '../helpers/claude/model.ts';
import { assign, deedsOf, notWaiting, project, statusOf } from '../helpers/claude/project.ts';
import { claude, claudeHome, headless, live } from '../helpers/claude/session.ts';
import { timeline } from '../helpers/store.ts';

const publish = use('artifact_publish', { data: login, summary: 'Login' });
const asDev = { CONCORD_AGENT: 'api-dev' };
/** What a session is started with that works for the team. */
const forTeam = { ...asDev, CONCORD_WORK: '1' };

describe.skipIf(claude === undefined)('hooks of a real session', { timeout: 120_000 }, () => {
  test('it begins with a briefing: who it is, what is ready for it', async () => {
    const model = await startModel(inTurn());
    const home = claudeHome(model, asDev);
    const directory = await project(home);
    await assign(directory, 'api-dev', 'build-api');
    await headless(home, directory, 'Hello.');
    const briefings = model.last().reminders.filter((text) => text.includes('SessionStart'));
    expect(briefings).toHaveLength(1);
    expect(briefings[0]).toContain('api-dev');
    expect(briefings[0]).toContain('build-api');
    // A person's session that only says hello takes nothing.
    expect(await statusOf(directory, 'build-api')).toBe('ready');
  });

  test('a session of the team is held while it has a contract in hand, and stops when that is done, whatever else is ready', async () => {
    const model = await startModel(
      inTurn(
        use('contract_claim', { contractId: 'build-api' }),
        say('I stop.'),
        publish,
        say('Done.'),
      ),
    );
    const home = claudeHome(model, forTeam);
    const directory = await project(home);
    await assign(directory, 'api-dev', 'build-api', 'more-work');
    const { result, code } = await headless(home, directory, 'Work.');
    expect({ code, said: result.result }).toEqual({ code: 0, said: 'Done.' });
    expect(model.seen).toHaveLength(4);
    expect(model.seen[2]?.news).toMatch(/Stop hook[\s\S]*build-api/);
    expect(deedsOf(directory, 'api-dev')).toEqual([
      'api-dev claims build-api',
      'api-dev publishes build-api/api-contract@1',
    ]);
    expect(await statusOf(directory, 'more-work')).toBe('ready');
  });

  test('one that wants to stop again is let go, and the next one of the name goes on with the work', async () => {
    const model = await startModel((seen) =>
      seen.session === model.sessions()[0]
        ? inTurn(use('contract_claim'), say('I stop.'), say('I stop again.'))(seen)
        : inTurn(use('contract_claim'), publish)(seen),
    );
    const home = claudeHome(model, forTeam);
    const directory = await project(home);
    await assign(directory, 'api-dev', 'build-api');
    const first = await headless(home, directory, 'Work.');
    expect(first.result.result).toBe('I stop again.');
    expect(model.seen).toHaveLength(3);
    const second = await headless(home, directory, 'Work.');
    expect(second.result.result).toBe('Done.');
    const [claim] = model.last().results;
    expect(claim?.text).toMatch(/^You hold build-api [\s\S]*\nIt continues api-dev's work /);
    expect(await statusOf(directory, 'build-api')).toBe('completed');
  });

  test('a session that a person drives is neither held nor woken', async () => {
    const model = await startModel(inTurn(use('contract_claim'), say('I stop.'), say('Good bye.')));
    const home = claudeHome(model, asDev);
    const directory = await project(home);
    await assign(directory, 'api-dev', 'build-api');
    const session = live(home, directory);
    session.say('Look at it.');
    expect((await session.result(1)).result).toBe('I stop.');
    expect(model.seen).toHaveLength(2);
    await notWaiting(home);
    await assign(directory, 'api-dev', 'more-work');
    session.say('That was all.');
    expect((await session.result(2)).result).toBe('Good bye.');
    await session.leave();
    expect(model.last().prompts).toEqual(['Look at it.', 'That was all.']);
    expect(model.seen).toHaveLength(3);
  });

  test('subagents hold contracts of their own', async () => {
    const model = await startModel((seen) => {
      const task = (n: number) => ({
        use: 'Agent',
        input: {
          description: 'Work',
          prompt: `Task ${n}.`,
          subagent_type: 'general-purpose',
          run_in_background: false,
        },
      });
      if (seen.subagent !== undefined) return inTurn(use('contract_claim'), publish)(seen);
      return seen.answers === 0 ? [task(1), task(2)] : say('Both are done.');
    });
    const home = claudeHome(model, asDev);
    const directory = await project(home);
    await assign(directory, 'api-dev', 'build-api', 'more-work');
    const { result } = await headless(home, directory, 'Work.');
    expect(result.result).toBe('Both are done.');
    for (const id of ['build-api', 'more-work'])
      expect(await ok(directory, ['contract', 'show', id])).toContain('completed');
    const claims = timeline(directory).filter(({ subject }) => subject.includes(' claims '));
    expect(claims.map(({ subject }) => subject).sort()).toEqual([
      'api-dev claims build-api',
      'api-dev claims more-work',
    ]);
  });
});
