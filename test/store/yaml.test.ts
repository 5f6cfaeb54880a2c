import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dataLimits } from '../../src/model/json.ts';
import type { Json } from '../../src/model/json.ts';
import { fromYaml, toYaml, yamlBytes } from '../../src/store/yaml.ts';
import { anyJson } from '../helpers/arbitrary.ts';
import { refusal } from '../helpers/given.ts';

const refused = (text: string): string => {
  const error = refusal(() => fromYaml(text, 'data'));
  expect(error.code).toBe('INVALID');
  return error.message;
};

/** As a file goes to disk and comes back. */
const thereAndBack = (value: Json): Json =>
  fromYaml(Buffer.from(toYaml(value)).toString('utf8'), 'data');

describe('a text is refused', () => {
  test.each([
    ['an alias', 'a: &x 1\nb: *x', /aliases|anchors/],
    ['an alias as a key', '&x a: 1\n*x : 2', /aliases|anchors/],
    ['an anchor', 'a: &x 1', /anchors/],
    ['an anchor in a flow', '[&x 1]', /anchors/],
    ['an anchor of a list', 'a: &x\n  - 1', /anchors/],
    ['an anchor of a text', 'a: &x |\n  text', /anchors/],
    ['an anchor of nothing', 'a: &x', /anchors/],
    ['an anchor of the whole', '&x\na: 1', /anchors/],
    ['an anchor of a key', '{&x a: 1}', /anchors/],
    ['a tag of a text', '- !t >\n  text', /tags/],
    ['a known tag', 'a: !!str 5', /tags/],
    ['a tag that makes bytes', 'a: !!binary aGk=', /tags/],
    ['a tag that makes a set', '!!set {a, b}', /tags/],
    ['a tag of its own', '!evil {a: 1}', /tags/],
    ['a bare tag', 'a: ! 5', /tags/],
    ['the directive %YAML', '%YAML 1.1\n---\na: yes', /directive/],
    ['the directive %TAG', '%TAG !e! tag:example.com,2000:\n---\na: 1', /directive/],
    ['an unknown directive', '%FOO bar\n---\na: 1', /directive/],
    ['a key twice', 'a: 1\nb: 2\na: 3', /"a" stands twice \(line 3, column 1\)/],
    ['a key twice in a flow', '{x: {a: 1, "a": 2}}', /"a" stands twice/],
    ['a number and its text as keys', '1: a\n"1": b', /"1" stands twice/],
    ['a key that is a list', '? [a]\n: b', /a key must be text/],
    ['a key that is an object', '{? {a: 1} : b}', /a key must be text/],
    ['a second document', 'a: 1\n---\nb: 2', /second document.*line 2/],
    ['a second document after the end', 'a: 1\n...\n---\nb: 2', /second document/],
    ['__proto__', 'a:\n  __proto__: {polluted: true}', /data\.a\.__proto__/],
    ['constructor', 'constructor: 1', /data\.constructor/],
    ['not a number', 'a: .nan', /finite number/],
    ['infinity', 'a: -.inf', /finite number/],
    ['an unsafe integer', 'a: 9007199254740993', /integer of at most/],
    ['an unsafe integer in hex', 'a: 0xFFFFFFFFFFFFFFFF', /integer of at most/],
    ['a list that is not closed', 'a: [1, 2', /cannot be read as YAML/],
    ['tabs as indentation', 'a:\n\tb: 1', /cannot be read as YAML/],
  ])('for %s', (_, text, why) => expect(refused(text)).toMatch(why));

  test('for an alias bomb', () => {
    const levels = Array.from(
      { length: 30 },
      (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]`,
    );
    expect(refused(['a0: &a0 x', ...levels].join('\n'))).toMatch(/aliases|anchors/);
  });

  test('for its size before anything in it is looked at', () => {
    expect(refused('['.repeat(5_000_000))).toMatch(/at most 256 KiB of YAML; got 4883 KiB/);
    expect(refused('é'.repeat(yamlBytes / 2 + 1))).toMatch(/at most 256 KiB/);
  });

  test('for one byte above the limit', () => {
    const comment = (bytes: number): string => `#${' '.repeat(bytes - 1)}`;
    expect(fromYaml(comment(yamlBytes), 'data')).toBeNull();
    expect(refused(comment(yamlBytes + 1))).toMatch(/at most 256 KiB/);
  });

  test.each([
    ['open lists', '['.repeat(20_000)],
    ['closed lists', '['.repeat(20_000) + ']'.repeat(20_000)],
    ['open objects', '{a: '.repeat(20_000)],
    ['items', `${'- '.repeat(20_000)}x`],
    ['complex keys', `${'? '.repeat(20_000)}x`],
    ['indented keys', Array.from({ length: 500 }, (_, at) => `${' '.repeat(at)}a:`).join('\n')],
  ])('for nesting that would end the process: %s', (_, text) => {
    expect(refused(text)).toMatch(/nested too deeply/);
  });

  test('for one level more than data may have', () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    expect(fromYaml(nested(dataLimits.depth), 'data')).toHaveLength(1);
    expect(refused(nested(dataLimits.depth + 1))).toMatch(/at most 64 levels/);
  });

  test('with its name, on one line', () => {
    const message = refused('a: "\u001b[2J\n');
    expect(message).toMatch(/^data cannot be read as YAML: .*line \d+, column \d+\)\.$/);
  });
});

describe('a text is read', () => {
  test('with as many keys as data may have', () => {
    const keys = Array.from({ length: dataLimits.keys }, (_, at) => `k${at}: 0`);
    const value = fromYaml(keys.join('\n'), 'data', { ...dataLimits, bytes: Infinity });
    expect(Object.keys(value as object)).toHaveLength(dataLimits.keys);
  });

  test.each<[string, string, Json]>([
    ['as YAML 1.2', 'yes', 'yes'],
    ['without octal numbers of old', '0777', 777],
    ['without dates', '2026-01-01', '2026-01-01'],
    ['without sexagesimals', '12:30:45', '12:30:45'],
    ['without merge keys', '<<: {a: 1}', { '<<': { a: 1 } }],
    ['when it is JSON', '{"a": [1, null, "\\u00e9"]}', { a: [1, null, 'é'] }],
    ['when it is empty', '', null],
    ['when it has one document with marks', '---\na: 1\n...\n', { a: 1 }],
    ['when it has comments', '# one\na: 1 # two\n', { a: 1 }],
    ['with text that looks like what is refused', 'a: "&x *y !z %YAML"', { a: '&x *y !z %YAML' }],
    ['with line ends of Windows', 'a: 1\r\nb: 2\r\n', { a: 1, b: 2 }],
  ])('%s', (_, text, value) => expect(fromYaml(text, 'data')).toEqual(value));
});

describe('what is written', () => {
  test('is block style in the order given, long lines unbroken', () => {
    const long = 'word '.repeat(40).trim();
    const shared = { x: 1 };
    expect(toYaml({ b: [{ id: 1 }], a: { text: 'one\ntwo\n', long }, s: [shared, shared] })).toBe(
      `b:\n  - id: 1\na:\n  text: |\n    one\n    two\n  long: ${long}\ns:\n  - x: 1\n  - x: 1\n`,
    );
  });

  test.each([
    'yes',
    'no',
    'null',
    '~',
    '',
    'true',
    '0777',
    '0x1F',
    '1e3',
    '.nan',
    '-.INF',
    '2026-01-01',
  ])('the text %j comes back as text', (text) => {
    const value = { [text]: text, list: [text], deep: { [text]: [{ [text]: text }] } };
    expect(thereAndBack(value)).toEqual(value);
  });

  test.each([
    ['control characters', '\0\u0001\u0007\u001b[2J\u007f\u0085\u009b'],
    ['lone surrogates', 'a\ud800b\udc00\ud800'],
    ['separators', 'a\u2028b\u2029c\u00a0'],
    ['a byte order mark', '\ufeffa\ufeff'],
    ['white space', ' \t a \n\n\t b \r\n c \r '],
    ['marks of YAML', '--- a\n...\n%YAML 1.1\n# x\n- y: &z *z !t |\n'],
    ['a long text', 'k'.repeat(3_000)],
  ])('%s come back, as text and as a key', (_, text) => {
    const value = { text, [`k${text}`]: { [`k${text}`]: [text] } };
    expect(thereAndBack(value)).toEqual(value);
  });

  test('any JSON comes back, through bytes', () => {
    fc.assert(
      fc.property(anyJson, (json) => {
        expect(thereAndBack({ id: 'x', data: json })).toEqual({ id: 'x', data: json });
      }),
      { numRuns: 500 },
    );
  });

  test('has no control characters but line ends, so that a terminal can show it', () => {
    fc.assert(
      fc.property(anyJson, (json) => {
        // oxlint-disable-next-line no-control-regex -- they are what is looked for
        expect(toYaml({ data: json })).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/);
      }),
      { numRuns: 500 },
    );
  });
});
