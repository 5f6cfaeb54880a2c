import { expect, test } from 'vitest';
import { ok, storeRepository } from '../helpers/cli.ts';
import { scripted } from '../helpers/scripts.ts';
import { fsck } from '../helpers/store.ts';
import { allDone, deeds, statuses, supervise, teamFile } from '../helpers/team.ts';

const team = async (template: string): Promise<string> => {
  const directory = await storeRepository();
  const apply = ['apply', `templates/${template}.yaml`, '--prefix', 'auth/'];
  await ok(directory, [...apply, '--set', 'goal=Login']);
  const up = supervise(directory, ['up', teamFile(directory, { agents: scripted() })]);
  expect(await allDone(up)).toBe(0);
  return directory;
};

test(
  'a team of shell scripts works through a chain with nobody else acting',
  { timeout: 120_000 },
  async () => {
    const directory = await team('linear-chain');
    expect(deeds(directory)).toEqual([
      'db-dev claims auth/setup-schema',
      'db-dev publishes auth/schema@1',
      'api-dev claims auth/build-api',
      'api-dev publishes auth/api@1',
      'qa-dev claims auth/write-tests',
      'qa-dev publishes auth/test-results@1',
    ]);
  },
);

test('a team of shell scripts heals itself', { timeout: 120_000 }, async () => {
  const directory = await team('ci-loop');
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
  expect(fsck(directory)).toBe('');
});
