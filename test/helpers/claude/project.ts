import { json, ok, storeRepository } from '../cli.ts';
import { timeline } from '../store.ts';
import { clearAfterTest, processesOf, wordsOf } from './home.ts';
import type { Home } from './home.ts';
import { trust } from './terminal.ts';
import { until } from './until.ts';

/** A repository with a store, set up for Claude Code by Concord, that the user trusts. */
export const project = async (home: Home): Promise<string> => {
  const directory = await storeRepository();
  clearAfterTest(home);
  await ok(directory, ['init', '--client', 'claude'], { env: home.env });
  trust(home, directory);
  return directory;
};

/** Gives work to an agent. */
export const assign = (
  directory: string,
  assignee: string,
  ...ids: readonly string[]
): Promise<unknown> =>
  Promise.all(
    ids.map((id) =>
      ok(directory, [
        'contract',
        'create',
        id,
        '--assignee',
        assignee,
        '--expects',
        'api-contract',
      ]),
    ),
  );

export const statusOf = async (directory: string, id: string): Promise<string> =>
  (await json<{ readonly status: string }>(directory, ['contract', 'show', id])).status;

/** What an agent has done, by the history. */
export const deedsOf = (directory: string, agent: string): string[] =>
  timeline(directory)
    .map(({ subject }) => subject)
    .filter((subject) => subject.startsWith(`${agent} `));

/** Whether something in a home waits for work, to wake its session. */
const isWaiting = (home: Home): boolean =>
  processesOf(home).some((pid) => {
    const words = wordsOf(pid);
    return words.includes('hook') && words.includes('wait');
  });

export const waiting = (home: Home): Promise<unknown> =>
  until('a session to wait for work', () => isWaiting(home));
export const notWaiting = (home: Home): Promise<unknown> =>
  until('nothing to wait for work', () => !isWaiting(home));
