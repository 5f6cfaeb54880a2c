import { git } from './git.ts';
import type { Oid } from './object.ts';
import type { Repository } from './repository.ts';
import { snapshotPrefix } from './tag.ts';

/** A snapshot as git has it, whoever made it. */
export type Tag = {
  readonly name: string;
  readonly commit: Oid;
  readonly by: string;
  readonly time: string;
  readonly label: string;
  readonly message: string;
  /** The line that it is a state of; null for a commit of none. */
  readonly line: string | null;
};

const fields = [
  '%(refname)',
  '%(objectname)',
  '%(*objectname)',
  '%(creator)',
  '%(creatordate:unix)',
  '%(contents)',
];

/** All tags that may be snapshots, newest first. Texts come from whoever made them. */
export const listTags = async (repository: Repository): Promise<readonly Tag[]> => {
  const prefix = snapshotPrefix(repository);
  const output = await git(repository.gitDir, [
    `--git-dir=${repository.gitDir}`,
    'for-each-ref',
    '--sort=-creatordate',
    `--format=${fields.join('%00')}%00`,
    prefix,
  ]);
  const values = output.toString('utf8').split('\0');
  const tags: Tag[] = [];
  for (let at = 0; at + fields.length <= values.length; at += fields.length) {
    const [ref = '', oid = '', target = '', creator = '', seconds = '0', message = ''] =
      values.slice(at, at + fields.length);
    tags.push({
      name: ref.trim().slice(prefix.length),
      commit: target || oid,
      by: creator.replace(/ <.*$/, ''),
      time: new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z'),
      label: message.split('\n')[0] ?? '',
      message: message.trimEnd(),
      line: null,
    });
  }
  return tags;
};
