import { describe, expect, test } from 'vitest';
import { login, ok, storeRepository, within } from '../helpers/cli.ts';
import { processesOf } from '../helpers/claude/home.ts';
import { inTurn, say, use, worker } from '../helpers/claude/minds.ts';
import { startModel } from '../helpers/claude/model.ts';
import { claude, claudeHome, concordOnly, headless, live } from '../helpers/claude/session.ts';
import { until } from '../helpers/claude/until.ts';
import { fsck, timeline } from '../helpers/store.ts';

const skills = { 'api-contract': () => login };

describe.skipIf(claude === undefined)('sessions side by side', { timeout: 120_000 }, () => {
  test('two sessions of one configuration have two names, and share the work without doing any twice', async () => {
    const directory = await storeRepository();
    const ids = ['one', 'two', 'three', 'four', 'five', 'six'];
    await within(directory, 'ann-lee', ({ call }) =>
      call('contract_create', {
        contracts: ids.map((contractId) => ({ contractId, expectedOutputs: ['api-contract'] })),
      } as never),
    );
    const model = await startModel(worker(skills));
    const home = claudeHome(model);
    const both = await Promise.all(
      [1, 2].map(() => headless(home, directory, 'Work.', concordOnly(home))),
    );
    expect(both.map(({ result }) => result.result)).toEqual([
      'Nothing is left to do.',
      'Nothing is left to do.',
    ]);
    const told = timeline(directory);
    const claims = told.filter(({ subject }) => subject.includes(' claims '));
    expect(claims).toHaveLength(ids.length);
    const names = model.sessions().map((session) => `claude-${session.slice(0, 4)}`);
    expect(names).toHaveLength(2);
    for (const { author } of claims) expect(names).toContain(author);
    for (const id of ids)
      expect(
        told
          .flatMap(({ events }) => events)
          .filter((event) => event === `contract-completed ${id}`),
      ).toHaveLength(1);
    expect(fsck(directory)).toBe('');
  });

  test('the next session of the name takes back what a killed one held', async () => {
    const directory = await storeRepository();
    await ok(directory, ['contract', 'create', 'build-api', '--expects', 'api-contract']);
    const before = inTurn(use('contract_claim'), say('Working.'));
    const after = inTurn(
      use('team_brief'),
      use('contract_claim', { contractId: 'build-api', takeover: true }),
      use('artifact_publish', { data: login }),
    );
    const model = await startModel((seen) =>
      seen.session === model.sessions()[0] ? before(seen) : after(seen),
    );
    const home = claudeHome(model);
    const options = concordOnly(home, '--as', 'api-dev');
    const first = live(home, directory, options);
    first.say('Begin.');
    expect((await first.result()).result).toBe('Working.');
    expect(processesOf(home).length).toBeGreaterThan(1);
    first.child.kill('SIGKILL');
    await first.ended;
    await until('the servers of the killed session to end', () => processesOf(home).length === 0);

    const { result } = await headless(home, directory, 'Go on.', options);
    expect(result.result).toBe('Done.');
    const [brief, claim, published] = model.last().results.map(({ text }) => text);
    expect(brief).toMatch(/build-api/);
    expect(brief).toContain('takeover');
    expect(claim).toMatch(/^You hold build-api /);
    expect(published).toMatch(/; build-api is completed\.\n/);
    expect(
      timeline(directory)
        .slice(2)
        .map(({ subject }) => subject),
    ).toEqual([
      'api-dev claims build-api',
      'api-dev claims build-api',
      'api-dev publishes build-api/api-contract@1',
    ]);
  });
});
