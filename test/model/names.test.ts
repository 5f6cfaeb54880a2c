import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConcordError } from '../../src/model/error.ts';
import {
  checkId,
  checkLine,
  checkSlug,
  formatRef,
  isId,
  isSlug,
  parseRef,
  splitRef,
  toSlug,
} from '../../src/model/names.ts';
import { refusal } from '../helpers/given.ts';

const allowed = ['a', '0', 'api-dev', 'a.b_c-d', 'v1.2', 'a--b', 'console', 'com', 'com10', 'nul1'];
const refused: readonly (readonly [string, RegExp])[] = [
  ['', /empty/],
  ['A', /letter or digit/],
  ['é', /letter or digit/],
  ['-a', /letter or digit/],
  ['a-', /letter or digit/],
  ['.a', /letter or digit/],
  ['a.', /letter or digit/],
  ['a b', /letter or digit/],
  ['a\n', /letter or digit/],
  ['a@3', /letter or digit/],
  ['a..b', /Two dots/],
  ['a.yaml', /\.yaml/],
  ['a.files', /\.files/],
  ['a.lock', /\.lock/],
  ['con', /device/],
  ['nul.txt', /device/],
  ['com0', /device/],
  ['com1', /device/],
  ['lpt9.a.b', /device/],
];

describe('a segment', () => {
  test.each(allowed)('%j is allowed', (text) => {
    expect(isSlug(text)).toBe(true);
    expect(isId(`x/${text}/y`)).toBe(true);
  });

  test.each(refused)('%j is refused with the reason', (text, reason) => {
    expect(isSlug(text)).toBe(false);
    for (const id of [text, `x/${text}`, `${text}/x`]) {
      const error = refusal(() => checkId(id, 'artifactId'));
      expect(error.code).toBe('INVALID');
      expect(error.message).toMatch(/^artifactId must be /);
      expect(error.hint).toMatch(reason);
    }
  });

  test('has at most 64 characters', () => {
    expect(isSlug('a'.repeat(64))).toBe(true);
    expect(isSlug('a'.repeat(65))).toBe(false);
    expect(isId(`x/${'a'.repeat(64)}`)).toBe(true);
    expect(refusal(() => checkId(`x/${'a'.repeat(65)}`, 'id')).hint).toMatch(/at most 64/);
  });
});

describe('an id', () => {
  test('has at most 200 characters', () => {
    const long = `${'a/'.repeat(99)}aa`;
    expect(long).toHaveLength(200);
    expect(isId(long)).toBe(true);
    expect(isId(`${long}a`)).toBe(false);
    expect(refusal(() => checkId(`${long}a`, 'id')).hint).toMatch(/at most 200/);
  });

  test('is not a slug when it has more than one segment', () => {
    expect(checkId('auth/login-api', 'id')).toBe('auth/login-api');
    expect(refusal(() => checkSlug('auth/login-api', 'agent')).message).toMatch(/one .*word/);
  });
});

const schema = JSON.parse(
  readFileSync(new URL('../../schemas/artifact.json', import.meta.url), 'utf8'),
) as { $defs: Record<'id' | 'name' | 'source', object> };
const ajv = new Ajv2020({ strict: false });

/** Text made of what the rules are about, so that about half of it is allowed. */
const nearlyId = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('a', 'b1', 'x-y', 'z_', 'a'.repeat(62), '/') },
      {
        weight: 3,
        arbitrary: fc.constantFrom('con', 'nul', 'com0', 'lpt9', '.', '-', 'yaml', 'lock'),
      },
      { weight: 1, arbitrary: fc.constantFrom('.files', 'A', 'é', '\n', '@', '@1', '@v2', '@01') },
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join(''));

/** Whether it names a version, just as formatRef writes it. */
const isStoredRef = (text: string): boolean => {
  try {
    const { id, version } = splitRef(text);
    return formatRef(id, version) === text;
  } catch (error) {
    if (error instanceof ConcordError) return false;
    throw error;
  }
};

describe('the rules and schemas/artifact.json agree on', () => {
  const compare = (
    rule: (text: string) => boolean,
    part: object,
    wrap: (text: string) => unknown = (text) => text,
    texts: fc.Arbitrary<string> = nearlyId,
  ): void => {
    const validate = ajv.compile(part);
    const seen = { true: 0, false: 0 };
    fc.assert(
      fc.property(texts, (text) => {
        const mine = rule(text);
        seen[`${mine}`] += 1;
        expect(validate(wrap(text)), JSON.stringify(text)).toBe(mine);
      }),
      { numRuns: 2_000 },
    );
    expect(Math.min(seen.true, seen.false)).toBeGreaterThan(50);
  };

  test('ids', () => compare(isId, schema.$defs.id));
  test('names', () => compare(isSlug, schema.$defs.name));
  test('refs', () =>
    compare(
      isStoredRef,
      { ...schema.$defs.source, $defs: schema.$defs },
      (text) => ({ ref: text, how: 'read' }),
      fc
        .tuple(nearlyId, fc.constantFrom('@1', '@20', '@999999999', '@0', '@v2', '@01', '@', ''))
        .map(([id, version]) => `${id}${version}`),
    ));
});

describe('a ref', () => {
  test('names an id, or one version of it', () => {
    expect(parseRef('auth/api', 'ref')).toEqual({ id: 'auth/api' });
    expect(parseRef('x@3', 'ref')).toEqual({ id: 'x', version: 3 });
    expect(parseRef('x@v3', 'ref')).toEqual({ id: 'x', version: 3 });
    expect(parseRef('x@999999999', 'ref')).toEqual({ id: 'x', version: 999_999_999 });
  });

  test.each(['x@', 'x@0', 'x@03', 'x@-1', 'x@1.5', 'x@V3', 'x@1000000000', 'x@latest', 'x@3@4'])(
    '%j is refused',
    (text) => expect(refusal(() => parseRef(text, 'derivedFrom')).code).toBe('INVALID'),
  );

  test('comes back from its text', () => {
    fc.assert(
      fc.property(
        nearlyId.filter(isId),
        fc.integer({ min: 1, max: 999_999_999 }),
        (id, version) => {
          expect(splitRef(formatRef(id, version))).toEqual({ id, version });
        },
      ),
    );
  });

  test('must name its version where one is needed', () => {
    expect(refusal(() => splitRef('x')).code).toBe('INTERNAL');
  });
});

describe('toSlug', () => {
  test.each([
    ['Ann Lee', 'ann-lee'],
    ['  Ann  Lee  ', 'ann-lee'],
    ['Zoë Müller', 'zoe-muller'],
    ['ann@example.com', 'ann-example.com'],
    ['../../etc', 'etc'],
    [`${'a'.repeat(63)}-b`, 'a'.repeat(63)],
    ['李', undefined],
    ['', undefined],
    ['con', undefined],
    ['notes.yaml', undefined],
  ])('%j becomes %j', (text, slug) => expect(toSlug(text)).toBe(slug));

  test('gives a name or nothing, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const slug = toSlug(text);
        expect(slug === undefined || isSlug(slug)).toBe(true);
      }),
    );
  });
});

describe('a line', () => {
  test.each(['main', 'replay/a', 'replay/graphql-2.0'])('%j is one', (text) =>
    expect(checkLine(text)).toBe(text),
  );

  test.each([
    '',
    'Main',
    'mains',
    'replay',
    'replay/',
    'replay/a/b',
    'replay/a..b',
    'replay/a.lock',
    'inbox/a',
    'main\n',
  ])('%j is none', (text) => expect(refusal(() => checkLine(text)).code).toBe('INVALID'));
});
