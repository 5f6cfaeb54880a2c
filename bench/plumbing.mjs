// The same commit by git's own commands, one process a step, as a script would write it.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** `sync`: git writes as durably as a publish does; by default it does not sync loose objects. */
export const makePlumbing = (directory, { sync }) => {
  const durable = sync ? ['-c', 'core.fsync=all', '-c', 'core.fsyncMethod=fsync'] : [];
  const env = { ...process.env, GIT_INDEX_FILE: join(directory, '.git', 'plumbing-index') };
  const git = (args, input) => {
    const { status, stdout, stderr } = spawnSync('git', [...durable, ...args], {
      cwd: directory,
      env,
      input,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`git ${args[0]}: ${stderr}`);
    return stdout.trim();
  };
  let parent;
  return ({ path, file, message }) => {
    const blob = git(['hash-object', '-w', '--stdin'], file);
    git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`]);
    const tree = git(['write-tree']);
    const commit = git(['commit-tree', tree, ...(parent ? ['-p', parent] : [])], message);
    git(['update-ref', 'refs/heads/plumbing', commit, parent ?? '']);
    parent = commit;
  };
};
