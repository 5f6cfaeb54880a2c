import { ConcordError } from '../model/error.ts';
import { oneLine } from '../model/text.ts';
import type { SnapshotFact } from './index/line-facts.ts';
import { makeObject } from './object.ts';
import type { GitObject, ObjectFormat } from './object.ts';
import type { Objects } from './objects.ts';
import { storePack } from './pack-file.ts';
import { moveOrWait } from './move-or-wait.ts';
import { readTip } from './refs.ts';
import type { Repository } from './repository.ts';

/** Where snapshots are: among the tags, unless `git config concord.snapshots` names another place. */
export const snapshotPrefix = ({ config }: Repository): string => {
  const asked = config.get('concord.snapshots');
  return asked !== undefined && /^refs\/[a-z0-9._/-]+\/$/.test(asked)
    ? asked
    : 'refs/tags/concord/';
};

export const snapshotRef = (repository: Repository, name: string): string =>
  `${snapshotPrefix(repository)}${name}`;

/** The annotated tag that a snapshot is in git: tagger and time are those of the commit that tells of it, so that it can be made again. */
export const encodeTag = (format: ObjectFormat, fact: SnapshotFact): GitObject => {
  const seconds = Math.floor(Date.parse(fact.time) / 1000);
  const lines = [
    `object ${fact.commit}`,
    'type commit',
    `tag concord/${fact.name}`,
    `tagger ${fact.by} <${fact.by}@concord.invalid> ${seconds} +0000`,
    '',
    oneLine(fact.label ?? fact.name, 500),
    '',
    fact.summary,
    `${fact.line}, transaction ${fact.position}`,
    '',
  ];
  return makeObject(format, 'tag', Buffer.from(lines.join('\n')));
};

/** Makes the tag of a snapshot if it is missing; false where a tag of this name stands for something else. */
export const ensureTag = async (
  repository: Repository,
  objects: Objects,
  fact: SnapshotFact,
): Promise<boolean> => {
  const ref = snapshotRef(repository, fact.name);
  const tag = encodeTag(repository.format, fact);
  for (let tries = 0; tries < 5; tries += 1) {
    const there = await readTip(repository, ref);
    if (there !== undefined) return there === tag.oid;
    const stored = storePack(repository, [tag]);
    try {
      if (
        stored.kept() &&
        (await moveOrWait(repository, { ref, next: tag.oid, expected: undefined }))
      ) {
        objects.wrote([tag]);
        return true;
      }
    } finally {
      stored.release();
    }
  }
  return false;
};

/** A name that git already uses for something else. */
export const nameTaken = (name: string, ref: string): ConcordError =>
  new ConcordError('CONFLICT', `There is a tag ${ref} already; nothing was done.`, {
    hint: `Take another name than ${name}.`,
  });
