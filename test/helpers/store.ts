import { createHash } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { publish } from '../../src/model/artifact.ts';
import type { PublishRequest } from '../../src/model/artifact.ts';
import { openStore } from '../../src/store/store.ts';
import type { Store, StoreOptions } from '../../src/store/store.ts';
import { git, gitEnv } from './repository.ts';

// The stores of a test see the test's own configuration of git, not the machine's.
Object.assign(process.env, gitEnv, { PATH: process.env['PATH'] });

/** Types for tests of the store: one, that takes any data. */
export const anyType = {
  shipped: ['document'],
  check: () => [],
  example: () => undefined,
};

export const open = async (directory: string, options: StoreOptions = {}): Promise<Store> => {
  const store = await openStore(directory, options);
  onTestFinished(() => store.close());
  return store;
};

/** A store that is made where there is none yet. */
export const newStore = async (directory: string, options: StoreOptions = {}): Promise<Store> => {
  const store = await open(directory, options);
  await store.create('ann', 'main');
  return store;
};

export type Put = Partial<Omit<PublishRequest, 'id' | 'time' | 'content'>>;

/** Publishes one version; the answer is its reference and its commit. */
export const put = async (
  store: Store,
  id: string,
  value: PublishRequest['data'],
  more: Put = {},
): Promise<{ ref: string; commit: string }> => {
  const agent = more.agent ?? 'api-dev';
  const data = { value };
  const hash = createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, 16);
  const { result, commit } = await store.write({ agent, line: 'main' }, (transaction) => {
    const { time } = transaction.circumstances;
    const request = { type: 'document', ...more, id, data, agent, time, content: () => hash };
    const events = publish(transaction.view, request, anyType);
    transaction.append(events);
    const last = events.at(-1);
    if (last?.type !== 'artifact-published') throw new Error('nothing was published');
    return `${last.artifact.id}@${last.artifact.version}`;
  });
  return { ref: result ?? '', commit: commit ?? '' };
};

/** What `put` was given for an artifact's latest version, through a new look at the line. */
export const get = async (store: Store, id: string): Promise<unknown> => {
  const fact = await store.read('main', (facts) => facts.latest('main', id));
  return fact && ((await store.artifact(fact.blob)).data as { value: unknown }).value;
};

/** All rows of an index but those that only save reading: they may differ. */
export const rowsOf = async (store: Store): Promise<readonly unknown[]> =>
  store.read('main', ({ rows }) =>
    [...rows.dump()].filter(([table]) => table !== 'tree' && table !== 'body'),
  );

export const fsck = (directory: string): string =>
  git(directory, 'fsck', '--strict', '--full', '--no-dangling', '--no-progress');

export const tipOf = (directory: string): string =>
  git(directory, 'rev-parse', 'refs/concord/main');

/** What each commit of the line says of one trailer, oldest first. */
export const trailers = (directory: string, key: string): string[] =>
  git(
    directory,
    'log',
    '--first-parent',
    '--reverse',
    `--format=%(trailers:key=${key},valueonly)`,
    'refs/concord/main',
  )
    .split('\n')
    .filter((line) => line !== '');

/** A commit of the line as git tells of it. */
export type Told = {
  readonly commit: string;
  readonly author: string;
  readonly committer: string;
  readonly subject: string;
  readonly body: string;
  readonly events: readonly string[];
  readonly notices: readonly string[];
  readonly derivedFrom: readonly string[];
  readonly ops: readonly string[];
};

/** The line's commits by git alone, oldest first. */
export const timeline = (directory: string, line = 'main'): Told[] => {
  const values = ['Event', 'Notify', 'Derived-From', 'Op']
    .map((key) => `%(trailers:key=Concord-${key},valueonly,separator=%x01)`)
    .join('%x00');
  const format = `--format=%H%x00%an%x00%cn%x00%s%x00%b%x00${values}%x02`;
  const log = git(directory, 'log', '--first-parent', '--reverse', format, `refs/concord/${line}`);
  return log.split('\x02\n').map((record) => {
    const [commit = '', author = '', committer = '', subject = '', body = '', ...lists] = record
      .replaceAll('\x02', '')
      .split('\0');
    const [events = [], notices = [], derivedFrom = [], ops = []] = lists.map((list) =>
      list.split('\x01').filter((value) => value !== ''),
    );
    return { commit, author, committer, subject, body, events, notices, derivedFrom, ops };
  });
};

/** The rows that a new index, in memory, gets from the history alone. */
export const rebuiltRows = async (directory: string): Promise<readonly unknown[]> =>
  rowsOf(await open(directory, { memory: true }));
