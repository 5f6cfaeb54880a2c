import { expect, test } from 'vitest';
import { dot, mermaid } from '../../src/operations/diagram.ts';

const evil = '"]; click n0 "javascript:x"\n  n9 --> n0 \\" \u001b[2J <b>#1';
const diagram = {
  name: 'concord',
  nodes: [
    { name: 'a', lines: ['a', evil], round: true },
    { name: 'b"\\', lines: ['b'] },
  ],
  edges: [
    { from: 'a', to: 'b"\\' },
    { from: 'a', to: 'b"\\', label: '.-> "x"' },
    { from: 'a', to: 'elsewhere' },
  ],
};

test('Mermaid: text cannot leave its label', () => {
  expect(mermaid(diagram).split('\n')).toEqual([
    'graph LR',
    expect.stringMatching(/^ {2}n0\("a<br\/>[\p{L}\p{N} .,:@/_#;-]+"\)$/u),
    '  n1["b"]',
    '  n0 --> n1',
    '  n0 -. .-#62; #34;x#34; .-> n1',
  ]);
});

test('DOT: quotes and backslashes are escaped', () => {
  const lines = dot(diagram).split('\n');
  expect(lines).toHaveLength(9);
  expect(lines[3]).toMatch(/^ {2}"a" \[label="a\\n(?:[^"\\]|\\["\\])+", style=rounded\];$/);
  expect(lines[4]).toBe(String.raw`  "b\"\\" [label="b"];`);
  expect(lines[6]).toBe(String.raw`  "a" -> "b\"\\" [style=dashed, label=".-> \"x\""];`);
});
