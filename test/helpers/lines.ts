import { expect, onTestFinished } from 'vitest';
import { ConcordError } from '../../src/model/error.ts';
import { connect } from '../../src/operations/connect.ts';
import { git } from './repository.ts';
import { fsck, open, rebuiltRows, rowsOf } from './store.ts';

/** Any operation by name; answers are looked at one field at a time. */
export type Calling = (name: string, input?: object) => Promise<Readonly<Record<string, unknown>>>;

export type Agent = {
  readonly call: Calling;
  /** The same, but a refusal is its message. */
  readonly says: (name: string, input?: object) => Promise<string>;
};

/** One session of an agent. */
export const agent = (
  directory: string,
  name: string,
  options: { memory?: boolean; clock?: () => number; warn?: (text: string) => void } = {},
): Agent => {
  const connection = connect({ agent: name, directory, recordCode: false, ...options });
  onTestFinished(() => connection.close());
  const call = connection.call as unknown as Calling;
  const says = async (operation: string, input?: object): Promise<string> => {
    try {
      return JSON.stringify(await call(operation, input));
    } catch (error) {
      if (error instanceof ConcordError && error.code !== 'INTERNAL')
        return `${error.code} ${error.message} ${error.hint ?? ''}`;
      throw error;
    }
  };
  return { call, says };
};

export const document = (text: string) => ({ title: text, body: text });

/** Where a ref of the store points to. */
export const refOf = (directory: string, name: string): string =>
  git(directory, 'rev-parse', `refs/concord/${name}`);

export const refsOf = (directory: string): string =>
  git(directory, 'for-each-ref', '--format=%(refname) %(objectname)', 'refs/concord', 'refs/tags');

/** The open lines' heads must not hide what a reader learns: the same of an index that has grown, and of one that is new. */
export const sameWhenRebuilt = async (directory: string): Promise<readonly unknown[]> => {
  const grown = await rowsOf(await open(directory));
  expect(await rebuiltRows(directory)).toEqual(grown);
  expect(fsck(directory)).toBe('');
  return grown;
};

/** Completed: api, with api@1. Ready: tests, which waits for it. Apart from both: docs. The snapshot pre is on it. */
export const finishedApi = async (directory: string, name = 'ann-lee'): Promise<Agent> => {
  const ann = agent(directory, name);
  await ann.call('init');
  await ann.call('contract_create', {
    contracts: [
      { contractId: 'api', expectedOutputs: [{ artifactType: 'document', artifactId: 'api' }] },
      {
        contractId: 'tests',
        dependencies: ['api'],
        expectedOutputs: [{ artifactType: 'document', artifactId: 'results' }],
      },
      { contractId: 'docs', expectedOutputs: [{ artifactType: 'document', artifactId: 'docs' }] },
    ],
  });
  await work(ann, 'api', 'one');
  await ann.call('team_snapshot', { name: 'pre', label: 'Before it' });
  return ann;
};

/** Claims a contract and publishes what it expects; the answer is the version. */
export const work = async (
  { call }: Agent,
  contractId: string,
  text: string,
  line = 'main',
): Promise<string> => {
  await call('contract_claim', { contractId, line });
  const { ref } = await call('artifact_publish', { contractId, data: document(text), line });
  return String(ref);
};

export const startReplay = (
  { call }: Agent,
  name: string,
  snapshot = 'pre',
  overrides: object = { api: { inputs: { context: `for ${name}` } } },
): ReturnType<Calling> => call('team_replay', { snapshot, name, overrides });
