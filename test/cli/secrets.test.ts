import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { concord, ok, storeRepository } from '../helpers/cli.ts';
import { session } from '../helpers/mcp.ts';
import { git } from '../helpers/repository.ts';
import { timeline } from '../helpers/store.ts';

// Put together from parts, so that no search for secrets stops at this file.
const token = ['ghp', 'aB3'.repeat(12)].join('_');

let directory: string;
let before: string;
beforeEach(async () => {
  directory = await storeRepository();
  writeFileSync(join(directory, 'log.txt'), `one\ntwo ${token}\n`);
  writeFileSync(
    join(directory, 'plan.yaml'),
    `contracts: [{contractId: x, title: "use ${token}"}]\n`,
  );
  before = git(directory, 'rev-parse', 'concord/main');
});

const note = (body: string): string => JSON.stringify({ title: 'Notes', body });
const publish = ['publish', 'notes', '--type', 'document', '--data'];

describe('what looks like a secret', () => {
  test.each([
    ['data.body', [...publish, note(`with ${token} inside`)]],
    ['summary', [...publish, note('x'), '--summary', token]],
    ['The file "log.txt", line 2,', [...publish, note('x'), '--attach', 'log.txt']],
    ['The file "plan.yaml", line 1,', ['apply', 'plan.yaml']],
    ['context', ['contract', 'create', 'x', '--context', `use ${token}`]],
    ['text', ['send', 'ann', `here: ${token}`]],
  ])('is refused in %s, and not said again', async (path, words) => {
    const { code, out, err } = await concord(directory, [...words]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(
      `Refused (NOT_ALLOWED): ${path} holds what looks like a GitHub token; nothing was written.`,
    );
    expect(err).toContain('--allow-secrets');
    expect(err).not.toContain(token.slice(0, 8));
    expect(git(directory, 'rev-parse', 'concord/main')).toBe(before);
  });

  test('a person may insist, once or for a repository', async () => {
    await ok(directory, [...publish, note(token), '--allow-secrets']);
    git(directory, 'config', 'concord.allowSecrets', 'true');
    await ok(directory, [...publish, note(`${token} again`)]);
    expect(timeline(directory).filter(({ subject }) => subject.includes('publishes'))).toHaveLength(
      2,
    );
  });

  test('reading is free, and a tool cannot insist', async () => {
    await ok(directory, ['artifact', 'list', '--text', token]);
    const { call } = await session(directory, { args: ['--as', 'ann'] });
    const { text } = await call('artifact_publish', {
      artifactId: 'notes',
      artifactType: 'document',
      data: { title: 'Notes', body: token },
    });
    expect(text).toContain('Refused (NOT_ALLOWED): data.body holds what looks like a GitHub token');
    expect(git(directory, 'rev-parse', 'concord/main')).toBe(before);
  });
});
