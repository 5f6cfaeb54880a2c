import fs from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { clients } from '../../../src/operations/client/hooks.ts';
import type { Client } from '../../../src/operations/client/hooks.ts';
import { bin, installed, json, ok, within } from '../../helpers/cli.ts';
import { tempDirectory, tempRepository } from '../../helpers/repository.ts';
import type { DoctorOutput } from '../../../src/operations/store/doctor.ts';

beforeEach(() => {
  vi.stubEnv('HOME', tempDirectory());
  onTestFinished(() => void vi.unstubAllEnvs());
});

const setUp = (directory: string, client: readonly Client[], more = {}): Promise<unknown> =>
  within(directory, 'ann-lee', ({ call }) => call('init', { client, ...more }));

const examine = async (directory: string): Promise<DoctorOutput> =>
  within(directory, 'ann-lee', ({ call }) => call('doctor'));

const replace = (path: string, from: string, to: string): void =>
  fs.writeFileSync(path, fs.readFileSync(path, 'utf8').replaceAll(from, to));

test('the doctor starts what the files of each client name', async () => {
  const directory = tempRepository();
  await setUp(directory, clients);
  const { healthy, clients: health } = await examine(directory);
  expect(healthy).toBe(true);
  expect(health.clients.map(({ client, scopes }) => ({ client, scopes }))).toEqual(
    clients.map((client) => ({
      client,
      scopes: [
        {
          scope: 'local',
          missing: [],
          program: { works: true, says: expect.stringMatching(/^version \d/) as string },
        },
      ],
    })),
  );
});

test('a program that is gone, and entries that are missing, are said; the store stays healthy', async () => {
  const directory = tempRepository();
  await setUp(directory, ['claude', 'codex']);
  replace(join(directory, '.mcp.json'), bin, '/gone/bin/concord.js');
  replace(join(directory, '.codex/config.toml'), bin, '/gone/bin/concord.js');
  fs.rmSync(join(directory, '.claude/settings.local.json'));
  const { healthy, clients: health } = await examine(directory);
  expect(healthy).toBe(true);
  const gone = { works: false, says: '/gone/bin/concord.js does not exist' };
  expect(health.clients).toMatchObject([
    { client: 'claude', scopes: [{ program: gone }], lastHook: null },
    { client: 'codex', scopes: [{ program: gone, missing: [] }] },
  ]);
  expect(health.clients[0]?.scopes[0]?.missing).toContain('hook SessionStart');
  const said = await ok(directory, ['doctor']);
  expect(said).toContain('does not start: /gone/bin/concord.js does not exist');
  const mend = /To mend the entries: concord (.*)/.exec(said)?.[1]?.split(' ') ?? [];
  await ok(directory, mend);
  const after = await examine(directory);
  expect(after.clients.clients.every(({ scopes }) => scopes[0]?.program.works)).toBe(true);
});

test('a program that a repository names is not started', async () => {
  const directory = tempRepository();
  const trap = join(directory, 'concord');
  fs.writeFileSync(trap, '#!/bin/sh\ntouch trapped\n', { mode: 0o755 });
  for (const command of ['./concord', trap]) {
    fs.writeFileSync(
      join(directory, '.mcp.json'),
      JSON.stringify({ mcpServers: { concord: { command, args: ['mcp'] } } }),
    );
    const { clients: health } = await examine(directory);
    expect(health.clients[0]?.scopes[0]?.program).toEqual({
      works: true,
      says: 'of another installation, not tried',
    });
  }
  expect(fs.existsSync(join(directory, 'trapped'))).toBe(false);
});

test('shared files need the program on the PATH', async () => {
  const directory = tempRepository();
  await setUp(directory, ['claude'], { shared: true });
  const without = await examine(directory);
  expect(without.clients).toMatchObject({
    onPath: null,
    clients: [{ scopes: [{ scope: 'shared', program: { says: 'concord is not on the PATH' } }] }],
  });
  const path = installed();
  vi.stubEnv('PATH', `${path}:${process.env['PATH'] ?? ''}`);
  const { clients: health } = await examine(directory);
  expect(health).toMatchObject({
    onPath: join(path, 'concord'),
    clients: [{ scopes: [{ missing: [], program: { works: true } }] }],
  });
});

test('the last hook of a client is shown; a broken note counts for none', async () => {
  const directory = tempRepository();
  await setUp(directory, ['claude', 'gemini']);
  const notes = join(directory, '.git/concord/hooks');
  fs.mkdirSync(notes);
  const note = { client: 'claude', event: 'stop', time: '2020-01-01T00:00:00Z' };
  fs.writeFileSync(join(notes, 'claude.json'), JSON.stringify(note));
  fs.writeFileSync(join(notes, 'gemini.json'), '{');
  const { clients: health } = await examine(directory);
  expect(health.clients.map(({ lastHook }) => lastHook)).toEqual([
    { event: 'stop', time: note.time },
    null,
  ]);
  expect(await ok(directory, ['doctor'])).toMatch(/last hook: stop, \d+ days ago/);
});

test('without any client it says how one is set up', async () => {
  const directory = tempRepository();
  await ok(directory, ['init']);
  expect(await ok(directory, ['doctor'])).toContain('none is set up here: concord init --client');
  expect((await json<DoctorOutput>(directory, ['doctor'])).clients.clients).toEqual([]);
});
