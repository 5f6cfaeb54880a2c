import { Environment } from '@marcbachmann/cel-js/evaluator';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Variable } from '../../src/model/condition.ts';
import { checkJson } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { conditions } from '../../src/operations/conditions.ts';

const variables: readonly Variable[] = ['data', 'artifact', 'contract', 'outputs'];
const values = {
  data: {
    failed: 2,
    total: 10,
    ratio: 0.5,
    verdict: 'approve',
    none: null,
    ok: true,
    'a-b': 1,
    nested: { deep: { list: [1, 2, 3] } },
    failures: [{ test: 'x' }, { test: 'y', slow: true }],
    words: ['api', 'auth'],
    long: ' Some Text ',
  },
  artifact: { id: 'x', tags: ['auth', 'api'] },
  outputs: { 'api-login': { data: { endpoints: [{ path: '/login' }] } } },
} satisfies Partial<Record<Variable, Json>>;

const problem = (expression: string): string | undefined =>
  conditions.problem(expression, variables);

const over = (data: Json, expression: string) => conditions.holds(expression, { data });

describe('what holds', () => {
  test.each([
    'data.failed > 0',
    'data.failed == 2',
    'data.failed != 3.5',
    'data.failed + 1 > 2',
    '1 + data.failed == 3.0',
    'data.total % 2 == 0',
    'data.total / 4 == 2.5',
    'data.failed * 2 - 1 == 3',
    '3 / 10.0 == 0.3',
    '3 / 10 == 0',
    '7 % 3 == 1 && 7.5 % 2 == 1.5',
    '-data.failed < -1',
    'data.verdict == "approve"',
    "data.verdict in ['approve', 'reject']",
    'data.failed in [1, 2.0]',
    '!data.ok || data.total >= 10',
    'data.ok ? data.failed <= 2 : false',
    '"auth" in artifact.tags',
    '"failed" in data',
    '!("constructor" in data)',
    'has(data.failed) && data.failed > 0',
    '!has(data.missing)',
    '"a-b" in data && data["a-b"] == 1',
    'data.none == null && has(data.none)',
    'data.nested.deep.list[1] == 2',
    'data.nested.deep.list == [1, 2, 3]',
    'data.nested.deep == data.nested.deep && data.nested != data',
    'outputs["api-login"].data.endpoints.size() > 0',
    'outputs.exists(id, outputs[id].data.endpoints.size() > 0)',
    'data.failures.exists(f, f.test == "x")',
    'data.failures.exists(f, f.slow)',
    '!data.failures.all(f, has(f.slow))',
    'data.failures.exists_one(f, f.test == "y")',
    'data.failures.filter(f, has(f.slow)).size() == 1',
    'data.failures.map(f, f.test) == ["x", "y"]',
    'data.failures.map(f, has(f.slow), f.test) == ["y"]',
    'data.failures.exists(data, data.test == "x") && data.failed == 2',
    'data.words + ["ci"] == ["api", "auth", "ci"]',
    'size(data.verdict) == 7 && size(data.words) == 2.0 && size(data) > 5',
    'data.verdict.contains("ppr") && data.verdict.startsWith("app") && data.verdict.endsWith("ve")',
    'data.long.trim().lowerAscii() == "some text"',
    'data.verdict + "d" == "approved"',
    '"abc" < "abd" && false < true',
    'int("3") == 3 && int(3.9) == 3 && double("0.5") == data.ratio',
    'string(data.failed) == "2" && string(true) == "true" && bool("true")',
    'data.missing > 1 || true',
    'true // a comment',
  ])('%s', (expression) => {
    expect(problem(expression)).toBeUndefined();
    expect(conditions.holds(expression, values)).toEqual({ holds: true });
  });

  test('what is simply false has no reason', () => {
    expect(conditions.holds('data.failed == 0', values)).toEqual({ holds: false });
    expect(conditions.holds('data.verdict == 2', values)).toEqual({ holds: false });
    expect(conditions.holds('data.missing > 1 && false', values)).toEqual({ holds: false });
  });
});

describe('what cannot be evaluated does not hold, and says why', () => {
  test.each([
    ['data.passed > 0', 'data has no field "passed"'],
    ['data.passed > 0', 'write has(data.passed) && ...'],
    ['data.passed > 0 && data.ok', 'data has no field "passed"'],
    ['data.ok && data.passed > 0', 'data has no field "passed"'],
    ['data.passed > 0 || !data.ok', 'data has no field "passed"'],
    ['!data.ok || data.passed > 0', 'data has no field "passed"'],
    ['data.failures.exists(f, f.slow && f.test == "x")', 'f has no field "slow"'],
    ['data.failures.exists_one(f, f.slow)', 'f has no field "slow"'],
    ['data.failures.filter(f, f.slow) == []', 'f has no field "slow"'],
    ['data.nested.depth.list == 1', 'data.nested has no field "depth", only deep.'],
    ['data["x-y"] == 1', 'write "x-y" in data && ...'],
    ['data.constructor == 1', 'data has no field "constructor"'],
    ['data.__proto__ == data', 'data has no field "__proto__"'],
    ['data.words.length == 2', 'data.words is a list, so it has no field "length".'],
    ['data.words[2] == "x"', 'data.words has no element 2: it has 2 elements, from 0 on.'],
    ['data.words[-1] == "x"', 'data.words has no element -1'],
    ['data.failed > "1"', 'data.failed > "1": a number and text cannot be compared with >.'],
    ['data.verdict + 1 == 2', 'text and a number cannot be computed with +.'],
    ['data.failed % 0 == 0', '2 % 0 has no value.'],
    ['1 / 0 == 0', '1 / 0 has no value.'],
    ['9223372036854775807 + 1 > 0', 'The number is too large.'],
    ['data.failed', 'It gives a number, not true or false.'],
    ['!data.verdict', 'data.verdict is text, not true or false.'],
    ['data.failed.exists(f, f)', 'data.failed is a number, not a list.'],
    ['data.failures.all(f, f.slow)', 'f has no field "slow", only test.'],
    ['data.words.contains("api")', 'is asked with ... in data.words.'],
    ['"app" in data.verdict', 'searched with data.verdict.contains(...).'],
    ['int(data.verdict) == 1', 'data.verdict is "approve": no int is made of it.'],
    ['contract.status == "done"', 'There is no contract here, only data, artifact, outputs.'],
    ['data.failed >', 'Unexpected token: the end'],
  ])('%s', (expression, why) => {
    expect(conditions.holds(expression, values)).toEqual({
      holds: false,
      why: expect.stringContaining(why),
    });
  });

  test('the prototype of a value is never reached, and own keys are only keys', () => {
    const data = JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}') as JsonObject;
    expect(over(data, 'data.__proto__.x == 1 && data.constructor == 2')).toEqual({ holds: true });
    for (const key of ['toString', 'hasOwnProperty', '__proto__', 'constructor']) {
      expect(over({}, `has(data.${key}) || "${key}" in data`)).toEqual({ holds: false });
      expect(over({}, `data["${key}"] == data`)).toMatchObject({ holds: false });
      expect(over([], `has(data.${key})`)).toEqual({ holds: false });
    }
    expect(over({}, 'data.map(x, x) == []')).toEqual({ holds: true });
  });
});

describe('what is no condition', () => {
  test.each([
    ['', 'The condition is empty.'],
    [`data.x == "${'x'.repeat(1000)}"`, 'at most 1000 characters; this one has 1012'],
    ['data.failed = 1', 'Equality is written ==.\n  data.failed = 1\n              ^'],
    ['data.a and data.b', 'Both is written &&.'],
    ['data.a b', 'An operator such as ==, && or in is missing here.'],
    ['datum.x == 1 && data.x == 1', 'There is no datum here, only data, artifact,'],
    ['contracts.x == 1', 'Did you mean contract?'],
    ['event.x == 1', 'There is no event here, only data, artifact, contract, outputs.\n'],
    ['data.verdict == approve', 'Text stands in quotes: "approve".'],
    ['int == 1', 'There is no int here'],
    ['data.list.map(x, x).exists(y, x == y)', 'There is no x here'],
    ['1 + 1', 'It gives a number, not true or false.'],
    ['"a" + data.x', 'It gives text, not true or false.'],
    ['[true]', 'not true or false.'],
    ['"a" + 1 == "a1"', 'no such overload: string + int'],
    ['size(data.x) > "1"', 'no such overload: int > string'],
    ['has(data["a-b"])', 'has(...) takes a field'],
    ['data.exists(x)', 'It is written exists(f, condition of f).'],
    ['data.size(1) == 1', 'size(...) takes nothing.'],
    ['99999999999999999999 > 1', 'The number is too large'],
  ])('%s', (expression, text) => {
    expect(problem(expression)).toContain(text);
    expect(conditions.holds(expression, values)).toMatchObject({ holds: false });
  });

  test.each([
    ['data.verdict.matches("(a+)+$")', 'ask with startsWith, endsWith, contains or in [...]'],
    ['data.x.split("").size() > 0', 'split(...) is not part of conditions.'],
    ['data.x.join(",") == ""', 'join(...)'],
    ['data.x.upperAscii() == ""', 'Write lowerAscii().'],
    ['data.x.substring(1) == ""', 'substring(...)'],
    ['type(data.x) == type(1)', 'type(...)'],
    ['dyn(data.x) == 1', 'dyn(...)'],
    ['timestamp("2026-01-01T00:00:00Z") > timestamp(data.x)', 'timestamp(...)'],
    ['duration("1h") > duration("1m")', 'duration(...)'],
    ['bytes("a") == bytes(data.x)', 'bytes(...)'],
    ['cel.bind(x, data.a, x == x)', 'bind(...)'],
    ['optional.none() == data.x', 'none(...)'],
    ['data.toString() == ""', 'toString(...)'],
    ['constructor("return 1") == 1', 'constructor(...)'],
    ['{"a": 1} == data', 'Maps and optional values'],
    ['data.?a == 1', 'Expected a name'],
    ['b"a" == data.x', 'Bytes and unsigned numbers'],
    ['5u == data.x', 'Bytes and unsigned numbers'],
    ['data.a.all(x, data.b.all(y, x == y))', 'stands inside another of its kind'],
    ['data.a.map(x, data.b.filter(y, true)) == []', 'stands inside another of its kind'],
    [`${'!'.repeat(900)}data.x`, 'too many parts'],
    [`1${'+1'.repeat(480)} == data.x`, 'too many parts'],
    [`${'('.repeat(400)}true${')'.repeat(400)}`, 'nested too deeply'],
    [`data${'.a'.repeat(40)} == 1`, 'nested too deeply'],
    [`${'['.repeat(300)}${']'.repeat(300)} == data`, 'nested too deeply'],
  ])('refused: %s', (expression, text) => {
    expect(problem(expression)).toContain(text);
    expect(conditions.holds(expression, values)).toMatchObject({ holds: false });
  });

  test('a message shows the text of an agent without what could steer a terminal', () => {
    const shown = problem('data.x == "\u202eabc" \u0007 \n 1') ?? '';
    // oxlint-disable-next-line no-control-regex -- looking for them is the purpose
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    const [summary, line = '', caret = ''] = shown.split('\n');
    expect(summary).toContain('\\u{0007}');
    expect(line.slice(caret.indexOf('^'))).toMatch(/^\\u\{0007\}/);
    const why = over({ '\u001b[2Jx': 1 }, 'data.y == 1');
    expect(JSON.stringify(why)).not.toContain('\\u001b');
    expect(problem(`${'data.x == 1 && '.repeat(30)}) `)?.split('\n')[1]).toHaveLength(57);
  });

  test('the same condition is known where its variables are, and refused where they are not', () => {
    expect(conditions.problem('event.x == 1', ['event'])).toBeUndefined();
    expect(conditions.problem('event.x == 1', ['data'])).toContain('There is no event here');
    expect(conditions.holds('event.x == 1', { event: { x: 1 } })).toEqual({ holds: true });
  });

  test('more conditions than are kept', () => {
    for (let round = 0; round < 2; round += 1)
      for (let n = 0; n < 300; n += 1)
        expect(over({ n }, `data.n == ${n}`)).toEqual({ holds: true });
  });
});

const times = (n: number, text: string, between = ''): string =>
  Array.from({ length: n }, () => text).join(between);
const zeros = (n: number): Json => Array.from({ length: n }, () => 0);
const words = (n: number): string[] => Array.from({ length: n }, (_, index) => `k${index}`);
const map = (n: number): Json => Object.fromEntries(words(n).map((word) => [word, 0]));
/** Every level a list or a map, so that no two values have the same type. */
const shape = (depth: number, bits: number): Json => {
  let value: Json = 1;
  for (let level = 0; level < depth; level += 1)
    value = (bits >> level) & 1 ? [value] : { a: value };
  return value;
};
const a = (n: number): string => 'a'.repeat(n);

describe('hostile conditions end soon', { timeout: 2_000 }, () => {
  test.each<readonly [string, string, Json]>([
    [
      'quadratic in',
      'data.l.all(x, !(x in data.m))',
      { l: words(3500), m: words(8000).slice(4000) },
    ],
    [
      'doubling',
      'data.l.map(x, data.s + data.s).all(y, !y.contains("z"))',
      { l: zeros(5000), s: a(50_000) },
    ],
    [
      'long texts',
      `data.l.all(x, ${times(80, 'data.s', '+')} == "")`,
      { l: zeros(5000), s: a(50_000) },
    ],
    ['slow search', 'data.a.contains(data.b)', { a: a(43_000), b: `${a(10_000)}b${a(11_000)}` }],
    [
      'many searches',
      'data.l.exists(x, data.a.contains("aab"))',
      { l: zeros(5000), a: 'ab'.repeat(25_000) },
    ],
    ['growing lists', 'data.l.map(x, data.l + data.l).size() > 0', { l: zeros(5000) }],
    [
      'missing fields',
      `data.l.exists(x, ${times(45, 'data.nope == 1', ' || ')})`,
      { l: zeros(9_000) },
    ],
    [
      'new types',
      'data.l.exists(x, x in data.l && false)',
      { l: words(150).map((_, n) => shape(60, n * 7919)) },
    ],
    [
      'compared lists',
      'data.l.exists(x, data.a != data.b)',
      { l: zeros(3000), a: zeros(3000), b: zeros(3000) },
    ],
    [
      'compared maps',
      'data.l.exists(x, data.m != data.n)',
      { l: zeros(400), m: map(2300), n: map(2300) },
    ],
    ['counted maps', 'data.l.exists(x, data.m.size() < 0)', { l: zeros(4000), m: map(4500) }],
    ['counted text', 'data.l.all(x, data.s.size() > 0)', { l: zeros(5000), s: a(50_000) }],
    [
      'trimmed text',
      'data.l.all(x, data.s.trim() == "")',
      { l: zeros(5000), s: ' '.repeat(50_000) },
    ],
    [
      'lowered text',
      'data.l.all(x, data.s.lowerAscii() != "")',
      { l: zeros(5000), s: 'Aa'.repeat(25_000) },
    ],
    [
      'read numbers',
      `data.l.all(x, ${times(50, 'double(x) > 0.0', '&&')})`,
      { l: Array.from({ length: 2000 }, () => '123456789.123456789e-12') },
    ],
    ['long arithmetic', `data.l.all(x, ${times(200, 'x', '+')} == 0)`, { l: zeros(9_000) }],
    [
      'large numbers',
      `data.l.all(x, 9223372036854775807${times(60, '/3*3')} > 0)`,
      { l: zeros(9_000) },
    ],
    [
      'many rounds',
      `data.l${times(24, '.filter(x, true)')}.map(x, data.nope) == []`,
      { l: zeros(9_000) },
    ],
  ])('%s', (_name, expression, data) => {
    checkJson(data, 'data');
    expect(problem(expression)).toBeUndefined();
    const verdict = over(data, expression);
    expect(verdict).toEqual({ holds: false, why: expect.stringContaining('too much work') });
    // Counted steps, not time: asked again, the answer is the same.
    expect(over(data, expression)).toEqual(verdict);
  });

  test('a plain question over all that an artifact may hold is not too much', () => {
    const results = Array.from({ length: 2_400 }, (_, n) => ({ test: `t${n}`, ok: true }));
    checkJson({ results }, 'data');
    const expression = 'data.results.all(r, r.ok && r.test.startsWith("t") && size(r.test) > 1)';
    expect(over({ results }, expression)).toEqual({ holds: true });
    expect(over(zeros(9_999), 'data.all(x, x >= 0)')).toEqual({ holds: true });
  });
});

/** Small conditions over a few fields, right and wrong ones. */
const { text: anyExpression } = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom('data.n', 'data.f', 'data.s', 'data.l', 'data.m', 'data.b', 'data.nope'),
    fc.constantFrom(
      '1',
      '2',
      '0',
      '1.5',
      '"a"',
      'true',
      'false',
      'null',
      'data.m.k',
      'f',
      '[1, 2]',
    ),
    fc
      .tuple(
        tie('text'),
        fc.constantFrom(...'== != < <= > >= + - * / % in && ||'.split(' ')),
        tie('text'),
      )
      .map(([left, op, right]) => `(${left} ${op} ${right})`),
    fc
      .tuple(
        tie('text'),
        fc.constantFrom('exists', 'all', 'exists_one', 'filter', 'map'),
        tie('text'),
      )
      .map(([list, name, asked]) => `${list}.${name}(f, ${asked})`),
    fc
      .tuple(tie('text'), tie('text'), tie('text'))
      .map((three) => `(${three.join(' ? ').replace(/ \? (?!.* \? )/s, ' : ')})`),
    fc
      .tuple(fc.constantFrom('!', '-', 'size', 'int', 'string'), tie('text'))
      .map(([op, one]) => `${op}(${one})`),
    fc.constantFrom(
      'has(data.n)',
      'has(data.nope)',
      'has(data.m.k)',
      'data.l[0]',
      'data.s.contains("a")',
    ),
  ),
}));

test('where the package itself has an answer, it is the same', () => {
  const judge = new Environment({ homogeneousAggregateLiterals: false }).registerVariable(
    'data',
    'dyn',
  );
  const data = { n: 2, f: 1.5, s: 'ab', l: [1, 2, 'a'], m: { k: 1 }, b: true };
  let compared = 0;
  fc.assert(
    fc.property(anyExpression, (expression) => {
      const verdict = over(data, expression);
      if (problem(expression) !== undefined) return;
      let answer: unknown;
      try {
        answer = judge.evaluate(expression, { data });
      } catch {
        return;
      }
      if (typeof answer !== 'boolean') return;
      compared += 1;
      expect(verdict).toEqual(answer ? { holds: true } : { holds: false });
    }),
    { numRuns: 3_000 },
  );
  expect(compared).toBeGreaterThan(100);
});

test('any text has an answer', () => {
  const pieces = fc.constantFrom(
    ...'data . [ ] ( ) " \' \\ 1 0x 1e9 . , == && || ! - in has size map all f ? : \n \u0000 \ud800 __proto__ b" r\''.split(
      ' ',
    ),
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(texts, fc.jsonValue(), (expression, data) => {
      const verdict = over(data as Json, expression);
      expect(typeof verdict.holds).toBe('boolean');
      if (problem(expression) !== undefined) expect(verdict.holds).toBe(false);
    }),
    { numRuns: 2_000 },
  );
});
