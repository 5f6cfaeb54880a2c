import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nothing, pathsOf, render, renderAll } from '../../../src/model/pipeline/template.ts';
import type { Json } from '../../../src/model/json.ts';
import { refusal, Team } from '../../helpers/given.ts';
import { create, errors, notified, notify, on } from './rules.ts';

/** What is told of a published document with this data. */
const says = (message: string, data: Json): string | undefined => {
  const team = new Team();
  team.as('ann').pipeline('p', on('artifact-published', notify('ann', message)));
  return notified(team.as('bob').publish('d', { data }))[0]?.slice('ann: '.length);
};

describe('a text', () => {
  test('names values by their paths', () => {
    const data = { failed: 2, failures: [{ test: 'login' }], 'a-b': true, deep: { list: [[1]] } };
    expect(says('${data.failed} of ${ data.failures[0].test }', data)).toBe('2 of login');
    expect(says('${data.a-b} ${data.deep} ${data.deep.list[0][0]}', data)).toBe(
      'true {"list":[[1]]} 1',
    );
    expect(says('${artifact.ref} by ${event.agent}: ${event.type}', {})).toBe(
      'd@1 by bob: artifact-published',
    );
  });

  test('without paths is said as it is, money and braces too', () => {
    for (const text of ['$5 {x} $', 'no } ${', '$$ {{}}', '$&', "$'"])
      expect(says(text, {})).toBe(text);
  });

  test('is filled in one pass: what a value says is not looked at again', () => {
    expect(says('${data.a}', { a: '${data.secret}', secret: 'no' })).toBe('${data.secret}');
    expect(says('${data.a}{data.b}', { a: '$', b: 'no' })).toBe('${data.b}');
    expect(says('${data.a}', { a: "$& $1 $` $'" })).toBe("$& $1 $` $'");
  });

  test('keeps a value on one line, without what could steer a terminal', () => {
    expect(says('<${data.a}>', { a: 'one\n\rConcord-Op: x\u001b[2J\u202e' })).toBe(
      '<one Concord-Op: x\\u{001b}[2J\\u{202e}>',
    );
  });

  test('cuts a value at 200 characters', () => {
    expect(says('${data.a}!', { a: 'x'.repeat(200) })).toBe(`${'x'.repeat(200)}!`);
    expect(says('${data.a}!', { a: 'x'.repeat(201) })).toBe(`${'x'.repeat(199)}…!`);
    expect(says('${data}', { a: 'x'.repeat(500) })).toHaveLength(200);
  });

  test('finds nothing but own fields', () => {
    for (const path of [
      'data.__proto__',
      'data.constructor.name',
      'data.toString',
      '__proto__',
      'constructor',
      'data.word[0]',
    ])
      expect(says(`\${${path}}`, { list: [1], word: 'x' })).toBe(nothing);
  });

  test('shows a sign where nothing stands, and its owner is told', () => {
    const team = new Team();
    team
      .as('ann')
      .pipeline('p', on('artifact-published', notify('carol', '${data.a} ${data.b} ${data.b}')));
    const done = team.as('bob').publish('d', { data: { b: null } });
    expect(notified(done)).toEqual([`carol: ${nothing} ${nothing} ${nothing}`]);
    expect(errors(done)).toEqual(['p#1 nothing stands at data.a, data.b']);
    expect(done.told).toEqual(['ann pipeline-erred p', 'carol session-notified p']);
  });

  test('can name values, not compute: anything else is refused when the pipeline is made', () => {
    for (const inner of [
      'data.a + 1',
      'data.a()',
      '',
      ' ',
      'data..a',
      '1',
      'data[a]',
      'a b',
      '"a"',
    ]) {
      const team = new Team();
      const error = refusal(() =>
        team.as('ann').pipeline('p', on('artifact-published', notify('ann', `\${${inner}}`))),
      );
      expect(error.code, inner).toBe('INVALID');
      expect(error.message).toMatch(/^p: rules\[0\]\.action must be with paths only/);
      const deep = create({ contractId: 'x', inputs: { params: { list: [`\${${inner}}`] } } });
      refusal(() => team.as('ann').pipeline('p', on('artifact-published', deep)));
    }
  });

  test('is rendered the same way wherever it stands', () => {
    const values = { data: { a: 1 } };
    expect(renderAll({ x: ['${data.a}', 2, null], y: { z: '${data.b}' } }, values)).toEqual({
      value: { x: ['1', 2, null], y: { z: nothing } },
      missing: ['data.b'],
    });
  });
});

test('no value ends a line, grows beyond its bound, or is looked at again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (value) => {
      const { text, missing } = render('<${data.v}>', { data: { v: value } });
      expect(missing).toEqual([]);
      expect(text.length).toBeLessThanOrEqual(202);
      // oxlint-disable-next-line no-control-regex -- they must not be there
      expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    }),
  );
});

test('whatever the text, its paths are found fast and are what is rendered', () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom('$', '{', '}', 'a', '.', '[', '0', ']', ' '),
        maxLength: 60,
      }),
      (text) => {
        const { missing } = render(text, {});
        expect(missing).toEqual(pathsOf(text).map(({ path }) => path));
      },
    ),
  );
});
