// An emulation of the design that Concord replaces: a JSON file for every version, a lock file, and an index file that is read and written
// anew at every publish. It syncs nothing, and the files of the versions before are left out: both are in its favour.

import fs from 'node:fs';
import { join } from 'node:path';
import { itemId } from './artifact.mjs';

export const makeJsonIndex = (directory, versions) => {
  const index = join(directory, 'index.json');
  const lock = join(directory, 'index.lock');
  fs.mkdirSync(join(directory, 'artifacts'), { recursive: true });
  const entryOf = (id, version) => ({
    id,
    version,
    type: 'document',
    publisher: 'bench',
    time: '2026-01-01T00:00:00Z',
    summary: `State ${id}-${version} of the notes.`,
    tags: ['bench', 'notes'],
    derivedFrom: [`${itemId(0)}@1`],
    file: `artifacts/${id}-v${version}.json`,
  });
  const before = Array.from({ length: versions }, (_, at) => entryOf(itemId(at), 1));
  fs.writeFileSync(index, JSON.stringify({ artifacts: before }));
  return ({ artifactId, data }) => {
    fs.writeFileSync(lock, String(process.pid), { flag: 'wx' });
    try {
      const known = JSON.parse(fs.readFileSync(index, 'utf8'));
      const entry = entryOf(artifactId, known.artifacts.length + 1);
      known.artifacts.push(entry);
      fs.writeFileSync(join(directory, entry.file), JSON.stringify({ ...entry, data }));
      fs.writeFileSync(`${index}.tmp`, JSON.stringify(known));
      fs.renameSync(`${index}.tmp`, index);
    } finally {
      fs.unlinkSync(lock);
    }
  };
};
