import { spawnSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  bin,
  concord,
  json,
  ok,
  spawned,
  standing,
  storeRepository,
  text,
  within,
} from '../helpers/cli.ts';
import type { Given } from '../helpers/cli.ts';
import { commitByHand } from '../helpers/scratch.ts';
import { session } from '../helpers/mcp.ts';
import { git, tempDirectory, tempRepository } from '../helpers/repository.ts';

const good = JSON.stringify(text('good'));
const publish = (id: string, ...more: readonly string[]): string[] => ['publish', id, ...more];
const document = (id: string, data: string, ...more: readonly string[]): string[] =>
  publish(id, '--type', 'document', '--data', data, ...more);

/** Calls, and expects this refusal in text and as JSON, and the repository as it was. */
const refuses = async (
  directory: string,
  args: readonly string[],
  expected: { readonly exit: number; readonly code: string; readonly says: readonly string[] },
  given?: Given,
): Promise<void> => {
  const before = standing(directory);
  const [{ code, out, err }, told] = await Promise.all([
    concord(directory, args, given),
    concord(directory, [...args, '--json'], given),
  ]);
  expect({ code, out, err }).toEqual({ code: expected.exit, out: '', err });
  expect(err.startsWith(`Refused (${expected.code}): `)).toBe(true);
  for (const words of expected.says) expect(err).toContain(words);
  expect(err).not.toMatch(/^ +at /m);
  expect(told.code).toBe(expected.exit);
  expect(JSON.parse(told.out)).toMatchObject({ ok: false, error: { code: expected.code } });
  expect(standing(directory)).toEqual(before);
};

describe('refused, with nothing written', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await storeRepository();
  });

  test('data that breaks its schema: every violation with its path, and an example', async () => {
    const data = { passed: -1, failures: [{ test: 7 }, 'x'], skipped: 'none' };
    await refuses(
      directory,
      publish('t', '--type', 'test-results', '--data', JSON.stringify(data)),
      {
        exit: 5,
        code: 'INVALID',
        says: [
          'The data of t is not a valid test-results; nothing was published.',
          '\n  data.failed: must be given; got nothing\n',
          '\n  data.passed: must be >= 0; got -1\n',
          '\n  data.failures[0].message: must be given; got nothing\n',
          '\n  data.failures[0].test: must be of type string; got 7\n',
          '\n  data.failures[1]: must be of type object; got "x"\n',
          '\n  data.skipped: must be of type integer; got "none"\n',
          '\nExample: {"passed":41,',
        ],
      },
    );
  });

  const idRule = 'artifactId must be lower-case segments of a-z 0-9 . _ - joined by "/"';
  test.each([
    ['../x', [idRule, 'got "../x"', 'Two dots in a row']],
    ['a..b', [idRule, 'got "a..b"', 'Two dots in a row']],
    ['/etc/passwd', [idRule, 'A segment is empty.']],
    ['a/', [idRule, 'A segment is empty.']],
    ['Capital', [idRule, 'begin and end with a letter or digit']],
    ['a\u001b[31mb', [idRule, 'got "a\\u{001b}[31mb"']],
    ['a\nb', [idRule]],
    ['nul', [idRule, 'device name']],
    ['x.lock', [idRule, 'may not end in']],
    ['a'.repeat(65), [idRule, 'at most 64 characters']],
    ['__proto__', [idRule]],
    ['-x', []],
  ])('the id %j', async (id, says) => {
    if (id === '-x') return expect((await concord(directory, document(id, good))).code).toBe(129);
    await refuses(directory, document(id, good), { exit: 5, code: 'INVALID', says });
  });

  test('an unknown type, with the nearest one', async () => {
    const says = ['artifactType must be a known type; got "documnt"', 'Did you mean document?'];
    await refuses(directory, publish('x', '--type', 'documnt', '--data', good), {
      exit: 5,
      code: 'INVALID',
      says,
    });
    await refuses(directory, publish('x', '--data', good), {
      exit: 5,
      code: 'INVALID',
      says: ['artifactType must be given for a new artifact'],
    });
  });

  test('another type for an id that has one', async () => {
    await ok(directory, document('x', good));
    const says = ['artifactType must be "document", the type of x; got "decision"'];
    await refuses(directory, publish('x', '--type', 'decision', '--data', good), {
      exit: 5,
      code: 'INVALID',
      says,
    });
  });

  const large = `title: T\nbody: ${'x'.repeat(5 * 1024 * 1024)}\n`;
  const bomb = [
    'title: T',
    'a: &a [x, x, x, x, x, x, x, x, x]',
    ...['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((name, at) => {
      const before = String.fromCharCode(97 + at);
      return `${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`;
    }),
    'body: *i',
  ].join('\n');
  test.each([
    ['5 MB of YAML', large, ['standard input must be at most 4 MiB; got more']],
    ['an alias bomb', bomb, ['data cannot be read as YAML: a', 'not allowed', '(line ']],
    ['__proto__ in JSON', '{"title":"T","body":"B","__proto__":{"a":1}}', ['"__proto__"']],
    ['__proto__ in YAML', 'title: T\nbody: B\n__proto__: {a: 1}', ['"__proto__"']],
    ['a double key', 'title: T\ntitle: U\nbody: B', ['the key "title" stands twice']],
    ['a tag', 'title: !!js/function T\nbody: B', ['tags (!name) are not allowed']],
    ['deep nesting', `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, ['data', 'levels deep']],
    ['a number beyond all', '{"title":"T","body":"B","n":1e999}', ['data.n']],
    [
      'more than 64 KiB of data',
      JSON.stringify(text('y'.repeat(65 * 1024))),
      ['data must be at most 64 KiB'],
    ],
  ])('%s', async (_, input, says) => {
    await refuses(directory, document('x', '-'), { exit: 5, code: 'INVALID', says }, { input });
  });

  test('a stale expectedVersion', async () => {
    await ok(directory, document('x', good));
    await refuses(directory, document('x', good, '--expected-version', '0'), {
      exit: 4,
      code: 'CONFLICT',
      says: ['You expected version 0 of x, but the latest version is x@1', 'Next: concord get x@1'],
    });
    const negative = document('x', good, '--expected-version', '-1');
    await refuses(directory, negative, { exit: 5, code: 'INVALID', says: ['expectedVersion'] });
  });

  test('a derivedFrom that does not exist', async () => {
    await ok(directory, document('x', good));
    await refuses(directory, document('y', good, '--derived-from', 'x@2'), {
      exit: 3,
      code: 'NOT_FOUND',
      says: ['derivedFrom names "x@2", which does not exist', 'x has versions up to x@1.'],
    });
    await refuses(directory, document('y', good, '--derived-from', 'z'), {
      exit: 3,
      code: 'NOT_FOUND',
      says: ['There is no artifact z.'],
    });
    await refuses(directory, document('y', good, '--derived-from', '../z'), {
      exit: 5,
      code: 'INVALID',
      says: ['derivedFrom must be'],
    });
  });

  test('tags, summaries and contracts beyond the rules', async () => {
    const refusals: [string[], string][] = [
      [['--tag', 'Two Words'], 'tags must be one lower-case word'],
      [Array.from({ length: 33 }, (_, n) => ['--tag', `t${n}`]).flat(), 'tags must be at most 32'],
      [['--summary', 's'.repeat(501)], 'summary must be at most 500 characters; got 501'],
      [['--contract', '../c'], 'contractId must be'],
    ];
    for (const [more, says] of refusals)
      await refuses(directory, document('x', good, ...more), {
        exit: 5,
        code: 'INVALID',
        says: [says],
      });
  });

  test('attachments: too many, too large, two of one name, a bad name', async () => {
    const place = tempDirectory();
    const file = (name: string, size = 1): string => {
      writeFileSync(join(place, name), Buffer.alloc(size));
      return join(place, name);
    };
    const attach = (...paths: string[]) => paths.flatMap((path) => ['--attach', path]);
    const many = Array.from({ length: 21 }, (_, at) => file(`f${at}`));
    const large5 = Array.from({ length: 5 }, (_, at) => file(`m${at}`, 3.5 * 1024 * 1024));
    const refusals: [string[], string][] = [
      [attach(...many), 'attach must be at most 20 files; got 21'],
      [attach(file('big', 4 * 1024 * 1024 + 1)), 'must be at most 4 MiB; got more.'],
      [attach(...large5), 'attach must be at most 16 MiB in all'],
      [attach(file('a.txt'), file('A.TXT')), 'attach must be files of different names'],
      [attach(file('sp ace')), 'attach must be a file name of letters'],
      [attach('/dev/zero'), 'must be at most 4 MiB'],
    ];
    for (const [more, says] of refusals)
      await refuses(directory, document('x', good, ...more), {
        exit: 5,
        code: 'INVALID',
        says: [says],
      });
  });

  test('a link that leads out of the work directory, over MCP', async () => {
    const outside = join(tempDirectory(), 'secret.json');
    writeFileSync(outside, good);
    symlinkSync(outside, join(directory, 'link.json'));
    symlinkSync(tempDirectory(), join(directory, 'linked'));
    const before = standing(directory);
    const agent = await session(directory);
    const wanted = { artifactId: 'x', artifactType: 'document' };
    const refusals: [Record<string, unknown>, string][] = [
      [{ dataFile: 'link.json' }, 'NOT_ALLOWED'],
      [{ data: text('b'), attach: ['link.json'] }, 'NOT_ALLOWED'],
      [{ dataFile: outside }, 'NOT_ALLOWED'],
      [{ dataFile: '../secret.json' }, 'INVALID'],
      [{ dataFile: '/etc/passwd' }, 'NOT_ALLOWED'],
      [{ dataFile: '.git/config' }, 'NOT_ALLOWED'],
      [{ dataFile: 'linked' }, 'NOT_ALLOWED'],
      [{ dataFile: '.' }, 'NOT_ALLOWED'],
      [{ dataFile: 'none.json' }, 'INVALID'],
    ];
    for (const [input, code] of refusals) {
      const reply = await agent.call('artifact_publish', { ...wanted, ...input });
      expect(reply.isError).toBe(true);
      expect(`${JSON.stringify(input)} ${reply.text}`).toContain(`Refused (${code}): The file `);
    }
    expect(standing(directory)).toEqual(before);
    writeFileSync(join(directory, 'inside.json'), good);
    const inside = { ...wanted, dataFile: './inside.json' };
    expect(await agent.tell('artifact_publish', inside)).toContain('Published x@1');
  });

  test('a store of a newer format: neither read nor written', async () => {
    await ok(directory, document('x', good));
    const settings = git(directory, 'show', 'concord/main:concord.yaml');
    const newer = settings.replace(/^format: \d+$/m, 'format: 99');
    expect(newer).not.toBe(settings);
    commitByHand(directory, { message: 'newer', files: { 'concord.yaml': `${newer}\n` } });
    const says = ['This store has format 99; this Concord reads formats up to '];
    for (const args of [document('x', good), ['get', 'x'], ['get', 'x@1'], ['status'], ['init']])
      await refuses(directory, args, { exit: 1, code: 'FORMAT_NEWER', says });
  });
});

test('not a git repository', async () => {
  const directory = tempDirectory();
  for (const args of [['init'], ['status'], ['get', 'x'], document('x', good)]) {
    const { code, err } = await concord(directory, args);
    expect(code).toBe(3);
    expect(err).toMatch(/^Refused \(NO_STORE\): .* is not inside a git repository\.\n/);
    expect(err).toContain('\n\nNext: git init, then concord init');
  }
  const repository = tempRepository();
  const before = standing(repository);
  const { code, err } = await concord(repository, document('x', good));
  expect(code).toBe(3);
  expect(err).toContain('Refused (NO_STORE): No Concord store in this repository.');
  expect(standing(repository)).toEqual(before);
});

test('a SHA-256 repository works', async () => {
  const directory = tempRepository('--object-format=sha256');
  await ok(directory, ['init']);
  await ok(directory, document('x', good));
  await ok(directory, document('x', JSON.stringify(text('two')), '--derived-from', 'x@1'));
  const found = await json<{ commit: string }>(directory, ['get', 'x@1']);
  expect(found).toMatchObject({ data: text('good'), commit: expect.stringMatching(/^\w{64}$/) });
  expect(await ok(directory, ['doctor', '--full'])).toContain('The store is healthy.');
  git(directory, 'fsck', '--strict');
});

/** A mount of its own, gone with the shell that made it: needs root, or a kernel that lends it. */
const mounting = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt']);
const noMounts = mounting.status !== 0;

describe('where nothing can be written', () => {
  beforeAll(() => {
    if (noMounts)
      console.info('skipped: this user may not mount, so no disk can be made read-only');
  });

  test.skipIf(noMounts)('(needs mount) a read-only repository: readable, and says so', async () => {
    const directory = await storeRepository();
    await within(directory, 'ann', ({ call }) =>
      call('artifact_publish', { artifactId: 'x', artifactType: 'document', data: text('good') }),
    );
    const before = standing(directory);
    const readOnly = (args: readonly string[]) =>
      spawned(directory, 'unshare', [
        '-m',
        'sh',
        '-c',
        'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd "$0" && exec "$@"',
        directory,
        process.execPath,
        bin,
        ...args,
      ]);
    const refused = await readOnly(document('y', good));
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toMatch(/^Refused \(STORAGE\): .*read-only/m);
    expect(refused.err).not.toContain('    at ');
    expect(await readOnly(['get', 'x'])).toMatchObject({
      code: 0,
      out: `${JSON.stringify(text('good'), null, 2)}\n`,
    });
    expect((await readOnly(['artifact', 'list'])).out).toMatch(/^x@1 {2}document {2}ann/);
    expect(standing(directory)).toEqual(before);
  });

  test.skipIf(noMounts)('(needs mount) a full disk: refused, and the store is whole', async () => {
    const directory = await storeRepository();
    await ok(directory, document('x', good));
    const place = tempDirectory();
    const script = `
      mount -t tmpfs -o size=2m none "$1" && cp -a "$0/." "$1" && cd "$1" || exit 77
      git for-each-ref > before
      dd if=/dev/zero of=filler bs=4k 2>/dev/null
      "$2" "$3" publish y --type document --data "$4"; echo "code $?"
      rm filler
      git for-each-ref | cmp - before && git fsck --strict && echo same
      "$2" "$3" publish y --type document --data "$4" && "$2" "$3" doctor`;
    const words = ['-m', 'sh', '-c', script, directory, place, process.execPath, bin, good];
    const done = await spawned(directory, 'unshare', words);
    expect(done.err).toMatch(/Refused \(STORAGE\): Nothing was written: /);
    expect(done.out).toContain('code 1\n');
    expect(done.out).toContain('same\n');
    expect(done.out).toContain('Published y@1');
    expect(done.out).toContain('The store is healthy.');
  });
});
