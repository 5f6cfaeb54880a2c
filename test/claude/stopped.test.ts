import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { json, login, ok, storeRepository } from '../helpers/cli.ts';
import { usedTokens } from '../helpers/claude/conversation.ts';
import { processesOf, wordsOf } from '../helpers/claude/home.ts';
import type { Home } from '../helpers/claude/home.ts';
import { use, worker } from '../helpers/claude/minds.ts';
import { startModel } from '../helpers/claude/model.ts';
import type { Model } from '../helpers/claude/model.ts';
import { claude, claudeHome } from '../helpers/claude/session.ts';
import { until } from '../helpers/claude/until.ts';
import { timeline } from '../helpers/store.ts';
import { allDone, statuses, supervise, teamFile } from '../helpers/team.ts';
import type { Supervisor } from '../helpers/team.ts';

type Hanging = {
  readonly model: Model;
  readonly home: Home;
  readonly directory: string;
  readonly up: Supervisor;
};

/** A team of one, whose first session says one thing and then hangs. */
const hanging = async (): Promise<Hanging> => {
  const work = worker({ 'api-contract': () => login });
  const model = await startModel((seen) => {
    if (seen.session !== model.sessions()[0]) return work(seen);
    return seen.answers === 0 ? use('team_brief') : new Promise<never>(() => undefined);
  });
  const directory = await storeRepository();
  const home = claudeHome(model);
  const create = ['contract', 'create', 'build-api', '--assignee', 'api-dev'];
  await ok(directory, [...create, '--expects', 'api-contract']);
  const agents = [{ name: 'api-dev', command: 'claude' }];
  const up = supervise(directory, ['up', teamFile(directory, { agents })], home.env);
  await until('the session to hang', () => model.seen.length === 2);
  return { model, home, directory, up };
};

/** The processes of Claude Code in a home. */
const sessionsIn = (home: Home): number[] =>
  processesOf(home).filter((pid) => basename(wordsOf(pid)[0] ?? '') === 'claude');

const events = (directory: string): string[] => timeline(directory).flatMap((told) => told.events);

describe.skipIf(claude === undefined)('a session that is cut off', { timeout: 180_000 }, () => {
  test('its contract is taken up again, and what it used is counted', async () => {
    const { model, home, directory, up } = await hanging();
    for (const pid of sessionsIn(home)) process.kill(pid, 'SIGKILL');
    expect(await allDone(up)).toBe(0);
    expect(model.sessions()).toHaveLength(2);
    expect(await statuses(directory)).toEqual({ 'build-api': 'completed' });
    expect(
      events(directory).filter((event) => event === 'contract-completed build-api'),
    ).toHaveLength(1);
    expect(await ok(directory, ['contract', 'show', 'build-api'])).toMatch(/was killed|SIGKILL/);
    // Nobody said what the killed one had cost, but what it had used is counted all the same.
    type Budget = { readonly total: { readonly spent: { readonly tokens?: number } } };
    const { total } = await json<Budget>(directory, ['budget']);
    const { input, output } = usedTokens;
    expect(total.spent.tokens).toBeGreaterThan(2 * (input + output) + input);
  });

  test('with its supervisor, by a second Ctrl-C: nothing of it goes on, and the contract is free', async () => {
    const { home, directory, up } = await hanging();
    up.child.kill('SIGINT');
    await until('the first Ctrl-C to be understood', () =>
      up.said().includes('nothing new is started'),
    );
    expect(sessionsIn(home)).toHaveLength(1);
    up.child.kill('SIGINT');
    await up.ended;
    expect(processesOf(home)).toEqual([]);
    expect(await statuses(directory)).toEqual({ 'build-api': 'ready' });
    expect(events(directory)).toContain('contract-released build-api');
  });
});
