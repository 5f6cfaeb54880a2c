import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { concord, json, ok, standing, storeRepository, text } from '../helpers/cli.ts';
import { git } from '../helpers/repository.ts';

const publish = (id: string, ...more: readonly string[]): string[] => [
  'publish',
  id,
  '--type',
  'document',
  ...more,
];

describe('where the data comes from', () => {
  test('inline JSON and YAML, @file, a data file, standard input', async () => {
    const directory = await storeRepository();
    const yaml = 'title: A text\nbody: |\n  two\n  lines\n';
    writeFileSync(join(directory, 'a.yaml'), yaml);
    writeFileSync(join(directory, 'a.json'), JSON.stringify(text('two\nlines\n')));
    const same = [
      ['--data', yaml],
      ['--data', JSON.stringify(text('two\nlines\n'))],
      ['--data', '@a.yaml'],
      ['--data', '@a.json'],
      ['--data-file', 'a.yaml'],
      ['--data-file', join(directory, 'a.json')],
    ];
    const given = await Promise.all([
      ...same.map((args, at) => json<{ ref: string }>(directory, publish(`x${at}`, ...args))),
      ...['y', 'z'].map((id, at) =>
        json<{ ref: string }>(directory, publish(id, '--data', '-'), {
          input: at === 0 ? yaml : JSON.stringify(text('two\nlines\n')),
        }),
      ),
    ]);
    expect(given).toHaveLength(8);
    const got = await Promise.all(given.map(({ ref }) => ok(directory, ['get', ref])));
    expect(new Set(got)).toEqual(new Set([`${JSON.stringify(text('two\nlines\n'), null, 2)}\n`]));
  });

  test('neither, both, no such file, a directory, no object: refused with nothing written', async () => {
    const directory = await storeRepository();
    const before = standing(directory);
    const cases: [string[], string][] = [
      [[], 'data must be given, or dataFile instead of it; got neither.'],
      [['--data', '{}', '--data-file', 'a'], 'or dataFile instead of it; got both.'],
      [['--data', '@none.json'], 'The file "none.json" does not exist; nothing was done.'],
      [['--data-file', '.'], ' is a directory; nothing was done.'],
      [['--attach', '.', '--data', '{}'], ' is a directory; nothing was done.'],
      [['--data', '[1]'], 'data must be an object; got [1].'],
      [['--data', '{"a":'], 'data cannot be read as JSON: '],
      [['--data', 'a: {'], 'data cannot be read as YAML: '],
    ];
    await Promise.all(
      cases.map(async ([args, said]) => {
        const { code, err } = await concord(directory, publish('x', ...args));
        expect({ code, err }).toEqual({ code: 5, err: expect.stringContaining(said) as string });
      }),
    );
    expect(standing(directory)).toEqual(before);
  });
});

describe('once and in order', () => {
  test('the same idempotency key gives the first result; another input with it is refused', async () => {
    const directory = await storeRepository();
    const call = publish('x', '--data', JSON.stringify(text('one')), '--idempotency-key', 'k1');
    const first = await json(directory, call);
    const commits = git(directory, 'rev-list', '--count', 'concord/main');
    expect(await json(directory, call)).toEqual({ ...first, repeated: true });
    const told = await ok(directory, call);
    expect(told).toMatch(/^Published x@1 already, by an earlier call with this key\./);
    expect(git(directory, 'rev-list', '--count', 'concord/main')).toBe(commits);
    const other = publish('x', '--data', JSON.stringify(text('two')), '--idempotency-key', 'k1');
    const refused = await concord(directory, other);
    expect(refused.code).not.toBe(0);
    expect(refused.err).toMatch(/^Refused \((CONFLICT|INVALID)\): .*key/);
    const elsewhere = await json(directory, [...other, '--as', 'another-agent']);
    expect(elsewhere).toMatchObject({ ref: 'x@2' });
  });

  test('expectedVersion: of two who read the same version, one is refused and told what stands', async () => {
    const directory = await storeRepository();
    const call = (body: string, expected: number) =>
      concord(
        directory,
        publish('x', '--data', JSON.stringify(text(body)), '--expected-version', `${expected}`),
      );
    const race = await Promise.all([call('a', 0), call('b', 0)]);
    expect(race.map(({ code }) => String(code)).sort()).toEqual(['0', '4']);
    const refused = race.find(({ code }) => code === 4)?.err;
    expect(refused).toContain(
      'Refused (CONFLICT): You expected version 0 of x, but the latest version is x@1; nothing was published.\n',
    );
    expect(refused).toContain('\n\nNext: concord get x@1\n');
    expect((await call('c', 1)).code).toBe(0);
    expect(await json(directory, ['artifact', 'history', 'x'])).toMatchObject({ total: 2 });
  });
});

test('attachments come back byte for byte, text and binary, of old versions too', async () => {
  const directory = await storeRepository();
  const files = {
    'all-bytes.bin': Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
    'large.bin': randomBytes(1 << 20),
    'log.txt': Buffer.from('one\r\ntwo\n\u001b[31mthree, without an end of line'),
    'empty.txt': Buffer.alloc(0),
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(directory, name), bytes);
  const attach = Object.keys(files).flatMap((name) => ['--attach', name]);
  await ok(directory, publish('x', '--data', JSON.stringify(text('one')), ...attach));
  await ok(directory, publish('x', '--data', JSON.stringify(text('two'))));
  for (const [name, bytes] of Object.entries(files)) {
    const done = await concord(directory, ['get', 'x@1', '--file', name]);
    expect(done.code).toBe(0);
    expect(done.bytes.equals(bytes)).toBe(true);
  }
  expect(await json(directory, ['get', 'x@1', '--file', 'all-bytes.bin'])).toMatchObject({
    files: Object.keys(files)
      .sort()
      .map((name) => ({ name, size: files[name as keyof typeof files].length })),
    file: { name: 'all-bytes.bin', encoding: 'base64' },
  });
  const none = await concord(directory, ['get', 'x@2', '--file', 'log.txt']);
  expect(none.code).toBe(3);
  expect(none.err).toBe(
    'Refused (NOT_FOUND): x@2 has no attachment "log.txt".\nAttachments: none.\n',
  );
});
