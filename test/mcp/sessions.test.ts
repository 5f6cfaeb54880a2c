import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bin, chain, json, login, ok, passed, storeRepository, text } from '../helpers/cli.ts';
import { serverEnv, session } from '../helpers/mcp.ts';
import type { Options, Session } from '../helpers/mcp.ts';
import { git } from '../helpers/repository.ts';
import { fsck } from '../helpers/store.ts';

const document = (artifactId: string, body = 'b') => ({
  artifactId,
  artifactType: 'document',
  data: text(body),
});

const trailers = (directory: string): string[] =>
  git(
    directory,
    'log',
    '-1',
    '--format=%(trailers:key=Concord-Derived-From,valueonly)',
    'concord/main',
  )
    .split('\n')
    .filter((line) => line !== '');

describe('who publishes', () => {
  const publisherOf = async (directory: string, options: Options): Promise<string> => {
    const { tell } = await session(directory, options);
    await tell('artifact_publish', document('x', JSON.stringify(options)));
    return (await json<{ publisher: string }>(directory, ['get', 'x'])).publisher;
  };

  test('--as, then CONCORD_AGENT, then the client and its session, never the person', async () => {
    const directory = await storeRepository();
    const env = { CONCORD_AGENT: 'from-env' };
    expect(await publisherOf(directory, { args: ['--as', 'said'], env })).toBe('said');
    expect(await publisherOf(directory, { env })).toBe('from-env');
    expect(
      await publisherOf(directory, { env: { CONCORD_AGENT: '' }, name: 'Some Client' }),
    ).toMatch(/^some-client-[0-9a-f]{4}$/);
    const claude = { CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: '91d0aaaa' };
    expect(await publisherOf(directory, { env: claude })).toBe('claude-91d0');
    git(directory, 'config', 'concord.agent', 'configured');
    expect(await publisherOf(directory, {})).toBe('configured');
  });

  test('a name that is none ends the server at once, with the rule on standard error', async () => {
    const directory = await storeRepository();
    const child = spawn(process.execPath, [bin, 'mcp', '--as', 'No Name'], {
      cwd: directory,
      env: serverEnv(),
    });
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const code = await new Promise((done) => child.once('close', done));
    expect({ code, err }).toEqual({
      code: 5,
      err: expect.stringContaining('--as must be one lower-case word') as string,
    });
  });
});

describe('observed reads', () => {
  test.each([['--as', 'api-dev'], []])(
    'become edges of the next publish (%s %s)',
    async (...args) => {
      const directory = await storeRepository();
      await chain(directory);
      const { tell } = await session(directory, { args });
      await tell('artifact_get', { artifactId: 'schema-users' });
      await tell('artifact_get', { artifactId: 'schema-users@1' });
      await tell('artifact_list', { artifactId: 'test-results-login' });
      await tell('artifact_publish', { artifactId: 'api-login', data: login });
      expect(trailers(directory).sort()).toEqual([
        'schema-users@1 (read, older)',
        'schema-users@2 (read)',
      ]);
      await tell('artifact_publish', { artifactId: 'api-login', data: login });
      expect(trailers(directory)).toEqual([]);
    },
  );

  test('one who declares what was read declares it; a refused publish forgets nothing', async () => {
    const directory = await storeRepository();
    await chain(directory);
    const { tell, call } = await session(directory);
    await tell('artifact_get', { artifactId: 'schema-users' });
    await tell('artifact_get', { artifactId: 'api-login' });
    const wrong = { artifactId: 'test-results-login', data: { passed: 'all' } };
    expect((await call('artifact_publish', wrong)).isError).toBe(true);
    const right = { ...wrong, data: passed, derivedFrom: ['api-login'] };
    await tell('artifact_publish', right);
    expect(trailers(directory)).toEqual(['api-login@1', 'schema-users@2 (read)']);
    const { stale } = await json<{ stale: { ref: string }[] }>(directory, ['stale']);
    expect(stale.map(({ ref }) => ref)).toContain('api-login@1');
  });
});

describe('many at once', () => {
  test('two sessions publish to one artifact: every version once, each sees the other', async () => {
    const directory = await storeRepository();
    const agents = await Promise.all(
      ['api-dev', 'db-dev'].map((as) => session(directory, { args: ['--as', as] })),
    );
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        agents.map(({ tell }, who) => tell('artifact_publish', document('shared', `${who} ${at}`))),
      ).flat(),
    );
    const versions = replies.map((reply) => Number(/^Published shared@(\d+)/.exec(reply)?.[1]));
    expect(versions.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    const seen = await Promise.all(
      agents.map(({ tell }) => tell('artifact_get', { artifactId: 'shared' })),
    );
    expect(seen.map((reply) => reply.split(' ')[0])).toEqual(['shared@20', 'shared@20']);
    expect(fsck(directory)).toBe('');
  });

  test('a client that vanishes in mid-call leaves the store as it should be', async () => {
    const directory = await storeRepository();
    const vanish = async (how: (gone: Session) => Promise<void> | boolean): Promise<void> => {
      const gone = await session(directory);
      const calls = Array.from({ length: 8 }, (_, at) =>
        gone.call('artifact_publish', document('x', `${at}`)).then(
          () => true,
          () => false,
        ),
      );
      await Promise.race(calls);
      await how(gone);
      await Promise.all(calls);
    };
    await vanish(({ client }) => client.close());
    await vanish(({ pid }) => process.kill(pid, 'SIGKILL'));
    const { tell } = await session(directory);
    expect(await tell('artifact_publish', document('x', 'after'))).toMatch(/^Published x@\d+\./);
    const { versions } = await json<{ versions: { version: number }[] }>(directory, [
      'artifact',
      'history',
      'x',
      '--limit',
      '50',
    ]);
    // One at least was answered in each session, and no number is missing.
    expect(versions.length).toBeGreaterThanOrEqual(3);
    expect(versions.map(({ version }) => version)).toEqual(
      versions.map((_, at) => versions.length - at),
    );
    expect(await ok(directory, ['doctor', '--full'])).toContain('The store is healthy.');
  });
});

test('hostile lines do not end the server', async () => {
  const directory = await storeRepository();
  const child = spawn(process.execPath, [bin, 'mcp'], { cwd: directory, env: serverEnv() });
  onTestFinished(() => void child.kill());
  const answers = new Map<unknown, (answer: Record<string, unknown>) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const answer = JSON.parse(line) as Record<string, unknown>;
    answers.get(answer['id'])?.(answer);
  });
  const say = (line: string | Buffer): boolean => child.stdin.write(line);
  const ask = (id: number, method: string, params: object): Promise<Record<string, unknown>> =>
    new Promise((done) => {
      answers.set(id, done);
      say(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    });
  await ask(1, 'initialize', {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'hostile', version: '1' },
  });
  const lines = [
    'garbage\n',
    '{"jsonrpc":"2.0","id":\n',
    '[]\n',
    'null\n',
    '\n',
    '\u0000\u0001\n',
    Buffer.from([0xff, 0xfe, 0x0a]),
    '{"jsonrpc":"1.0","id":9,"method":"tools/list"}\n',
    '{"jsonrpc":"2.0","id":10,"method":"tools/call","params":{"name":7}}\n',
    '{"jsonrpc":"2.0","id":11,"method":"tools/call","params":{"name":"artifact_get","arguments":[]}}\n',
    '{"jsonrpc":"2.0","id":12,"method":"no/such","params":{"__proto__":{"a":1}}}\n',
    `${'['.repeat(100_000)}\n`,
    `${'x'.repeat(9 * 1024 * 1024)}\n`,
    `{"jsonrpc":"2.0","id":13,"method":"tools/call","params":{"name":"artifact_publish","arguments":{"artifactId":"x","artifactType":"document","data":{"title":"${'y'.repeat(9 * 1024 * 1024)}","body":"b"}}}}\n`,
  ];
  for (const line of lines) say(line);
  const listed = await ask(20, 'tools/list', {});
  expect(listed).toMatchObject({ result: { tools: { length: 10 } } });
  const called = await ask(21, 'tools/call', {
    name: 'artifact_publish',
    arguments: document('fine'),
  });
  expect(called).toMatchObject({
    result: { content: [{ text: expect.stringContaining('Published fine@1') as string }] },
  });
  expect(child.exitCode).toBeNull();
  const ended = new Promise((done) => child.once('close', done));
  child.stdin.end();
  expect(await ended).toBe(0);
  expect(await json(directory, ['status'])).toMatchObject({ artifacts: 1 });
});

test('a file of the work directory is attached and comes back, text and binary', async () => {
  const directory = await storeRepository();
  writeFileSync(join(directory, 'log.txt'), 'two\nlines');
  writeFileSync(join(directory, 'raw.bin'), Buffer.from([0, 255, 1, 254]));
  const { tell } = await session(directory);
  await tell('artifact_publish', { ...document('x'), attach: ['log.txt', 'raw.bin'] });
  const get = (file: string) => tell('artifact_get', { artifactId: 'x', file });
  expect(await get('log.txt')).toBe('x@1 log.txt (utf8):\n| two\n| lines');
  expect(await get('raw.bin')).toBe('x@1 raw.bin (base64):\n| AP8B/g==');
});
