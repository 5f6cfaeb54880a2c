import { describe, expect, test } from 'vitest';
import { json, login, ok, passed, storeRepository, users } from '../helpers/cli.ts';
import { processesOf } from '../helpers/claude/home.ts';
import { worker } from '../helpers/claude/minds.ts';
import { startModel } from '../helpers/claude/model.ts';
import type { Mind } from '../helpers/claude/model.ts';
import { assign, project } from '../helpers/claude/project.ts';
import { claude, claudeHome, usdPerAnswer } from '../helpers/claude/session.ts';
import { codex, gemini, otherHome } from '../helpers/claude/others.ts';
import { scripted } from '../helpers/scripts.ts';
import { fsck } from '../helpers/store.ts';
import { allDone, deeds, statuses, supervise, teamFile } from '../helpers/team.ts';

const agents = ['db-dev', 'api-dev', 'qa-dev'].map((name) => ({ name, command: 'claude' }));

const skills = {
  'schema-change': () => users,
  'api-contract': () => login,
  'test-results': () => passed,
};

/** Builds half of it at first; the tests of the first version fail. */
const healing = {
  'api-contract': (task: string) =>
    task.includes('Tests failing')
      ? { endpoints: [...login.endpoints, { method: 'POST', path: '/refresh' }] }
      : login,
  'test-results': (task: string) =>
    task.includes('auth/api@1')
      ? { passed: 1, failed: 2, failures: [{ test: 'refresh', message: 'missing' }] }
      : passed,
};

type Budget = {
  readonly total: { readonly spent: { readonly usd?: number } };
  readonly contracts: readonly {
    readonly contract: string;
    readonly spent: { readonly usd?: number };
  }[];
};

describe.skipIf(claude === undefined)('a team of real sessions', { timeout: 180_000 }, () => {
  const team = async (template: string, mind: Mind) => {
    const model = await startModel(mind);
    const directory = await storeRepository();
    const home = claudeHome(model);
    const apply = ['apply', `templates/${template}.yaml`, '--prefix', 'auth/', '--set'];
    await ok(directory, [...apply, 'goal=Login']);
    const up = supervise(directory, ['up', teamFile(directory, { agents })], home.env);
    expect(await allDone(up)).toBe(0);
    return { model, home, directory };
  };

  test('works through a chain of three contracts with nobody else acting', async () => {
    const { model, home, directory } = await team('linear-chain', worker(skills));
    expect(await statuses(directory)).toEqual({
      'auth/setup-schema': 'completed',
      'auth/build-api': 'completed',
      'auth/write-tests': 'completed',
    });
    expect(deeds(directory)).toEqual([
      'db-dev claims auth/setup-schema',
      'db-dev publishes auth/schema@1',
      'api-dev claims auth/build-api',
      'api-dev publishes auth/api@1',
      'qa-dev claims auth/write-tests',
      'qa-dev publishes auth/test-results@1',
    ]);
    // Each session was shown its own task with what it is made from, and published without asking for it again.
    const sessions = model.sessions();
    expect(sessions).toHaveLength(3);
    const prompts = sessions.map((session) => model.last(session).prompts.join('\n'));
    expect(prompts[0]).toMatch(/You are db-dev\.[\s\S]*Login: the tables it needs/);
    expect(prompts[1]).toMatch(/You are api-dev\.[\s\S]*auth\/schema@1/);
    expect(prompts[2]).toMatch(/You are qa-dev\.[\s\S]*auth\/api@1/);
    for (const session of sessions)
      expect(model.last(session).results.map(({ name }) => name)).toEqual(['artifact_publish']);

    expect(processesOf(home)).toEqual([]);
    const { total, contracts } = await json<Budget>(directory, ['budget']);
    expect(total.spent.usd).toBeCloseTo(6 * usdPerAnswer);
    for (const { spent } of contracts) expect(spent.usd).toBeCloseTo(2 * usdPerAnswer);
    expect(fsck(directory)).toBe('');
  });

  test('heals itself: failing tests open the API again, it is repaired and tested again', async () => {
    const { model, directory } = await team('ci-loop', worker(healing));
    expect(await statuses(directory)).toEqual({
      'auth/build-api': 'completed',
      'auth/write-tests': 'completed',
    });
    expect(deeds(directory)).toEqual([
      'api-dev claims auth/build-api',
      'api-dev publishes auth/api@1',
      'qa-dev claims auth/write-tests',
      'qa-dev publishes auth/test-results@1',
      'api-dev claims auth/build-api',
      'api-dev publishes auth/api@2',
      'qa-dev claims auth/write-tests',
      'qa-dev publishes auth/test-results@2',
    ]);
    const again = model.seen.find(({ prompts }) => prompts.join().includes('attempt 2 of 3'));
    expect(again?.prompts.join('\n')).toMatch(/\n\| Tests failing: 2 failures\n/);
    expect(fsck(directory)).toBe('');
  });

  test('whose repository is set up for them as well is briefed once by both, and is not kept from ending', async () => {
    const model = await startModel(worker(skills));
    const home = claudeHome(model);
    const directory = await project(home);
    await assign(directory, 'api-dev', 'build-api');
    const members = [{ name: 'api-dev', command: 'claude' }];
    const args = ['up', teamFile(directory, { agents: members }), '--parallel', '1'];
    const up = supervise(directory, args, home.env);
    expect(await allDone(up)).toBe(0);
    const { reminders, results } = model.last();
    expect(reminders.filter((text) => text.includes('SessionStart hook'))).toHaveLength(1);
    expect(results.map(({ name }) => name)).toEqual(['artifact_publish']);
    expect(model.seen).toHaveLength(2);
  });
});

describe.each(['codex', 'gemini'] as const)(
  'a team with %s in it',
  { timeout: 180_000 },
  (client) => {
    test.skipIf({ codex, gemini }[client] === undefined)(
      'works through the same plan',
      async () => {
        const model = await startModel(worker(skills));
        const home = otherHome(client, model);
        const directory = await storeRepository();
        const apply = ['apply', 'templates/linear-chain.yaml', '--prefix', 'auth/'];
        await ok(directory, [...apply, '--set', 'goal=Login']);
        const command = client === 'codex' ? ['codex'] : ['gemini', '-m', 'gemini-2.5-pro'];
        const agentsOf = scripted({ 'api-dev': command });
        const up = supervise(
          directory,
          ['up', teamFile(directory, { agents: agentsOf })],
          home.env,
        );
        expect(await allDone(up)).toBe(0);
        expect(deeds(directory)).toEqual([
          'db-dev claims auth/setup-schema',
          'db-dev publishes auth/schema@1',
          'api-dev claims auth/build-api',
          'api-dev publishes auth/api@1',
          'qa-dev claims auth/write-tests',
          'qa-dev publishes auth/test-results@1',
        ]);
        expect(model.last().client).toBe(client);
        expect(model.last().prompts.join('\n')).toContain('auth/schema@1');
      },
    );
  },
);
