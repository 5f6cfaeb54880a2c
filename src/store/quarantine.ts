import { count } from '../model/text.ts';
import type { Head } from './index/records.ts';
import { encodeMessage } from './message.ts';
import { encodeCommit, makeObject } from './object.ts';
import type { GitObject, ObjectFormat, Person } from './object.ts';

/**
 * The commit that takes a line back to its last good state, on top of commits that broke the rules: nothing is rewound, and the history
 * says what happened. Undefined when the tip is legal.
 */
export const quarantine = (
  format: ObjectFormat,
  head: Head | undefined,
  by: {
    readonly agent: string;
    readonly op: string;
    readonly time: number;
    readonly committer: Person;
  },
): GitObject | undefined => {
  if (!head?.illegal) return undefined;
  const { tip, commits } = head.illegal;
  const message = encodeMessage({
    op: by.op,
    subject: `${by.agent} sets aside ${count(commits.length, 'commit')} that ${commits.length === 1 ? 'breaks' : 'break'} the rules`,
    body: head.illegal.why,
    entries: [],
    blobs: new Map(),
    quarantine: commits,
  });
  const author = { name: by.agent, email: `${by.agent}@concord.invalid` };
  return makeObject(
    format,
    'commit',
    encodeCommit({
      tree: head.tree,
      parents: [tip],
      author,
      committer: by.committer,
      time: by.time,
      message,
    }),
  );
};
