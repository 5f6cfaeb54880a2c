import { Composer, isNode, isScalar, LineCounter, Parser, stringify, visit } from 'yaml';
import type { CST, Document, Scalar, YAMLMap } from 'yaml';
import { ConcordError, invalid } from '../model/error.ts';
import { checkJson, dataLimits } from '../model/json.ts';
import type { Json, Limits } from '../model/json.ts';
import { oneLine, shown } from '../model/text.ts';

/** A YAML text of more bytes is refused before it is parsed: parsing blocks, 100 KB for about 70 ms. */
export const yamlBytes = 256 * 1024;

/** Composing a text recurses: one nested deeper is refused before, it could end the process. */
const levels = 100;

/** Block style, keys in the order given, no anchors, no folding: a diff shows exactly what changed. */
export const toYaml = (value: unknown): string =>
  stringify(value, { aliasDuplicateObjects: false, lineWidth: 0, schema: 'core', version: '1.2' });

/**
 * Plain JSON from YAML 1.2, core schema. Anchors, aliases, tags, directives, double keys and a second document are refused, and so is
 * whatever `checkJson` refuses. `field` names the text in a refusal.
 */
export const fromYaml = (text: string, field: string, limits: Limits = dataLimits): Json => {
  if (Buffer.byteLength(text) > yamlBytes) {
    throw invalid(
      field,
      `at most ${yamlBytes / 1024} KiB of YAML`,
      `${Math.ceil(Buffer.byteLength(text) / 1024)} KiB`,
    );
  }
  const lines = new LineCounter();
  const refuse = (why: string, at: number): never => {
    const { line, col } = lines.linePos(at);
    throw notYaml(field, `${why} (line ${line}, column ${col})`);
  };
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  checkTokens(tokens, refuse);
  // Double keys are found below: the composer compares each key with every other, seconds for a large map.
  const options = { schema: 'core', version: '1.2', uniqueKeys: false } as const;
  const [document] = [...new Composer(options).compose(tokens, true, text.length)];
  const problem = document?.errors[0] ?? document?.warnings[0];
  if (problem) refuse(problem.message, problem.pos[0]);
  if (document) checkKeys(document, refuse);
  return checkJson(document?.toJS() ?? null, field, limits);
};

type Refuse = (why: string, at: number) => never;

const notAllowed: Readonly<Record<string, string>> = {
  directive: 'a directive (%) is not allowed',
  anchor: 'anchors (&name) are not allowed',
  alias: 'aliases (*name) are not allowed; write the value out',
  tag: 'tags (!name) are not allowed',
};

/** Everything that plain JSON has no word for, and nesting that is too deep, found without recursion. */
const checkTokens = (tokens: readonly CST.Token[], refuse: Refuse): void => {
  const open = tokens.map((token) => ({ token: token as CST.Token | CST.SourceToken, depth: 0 }));
  for (let item = open.pop(); item; item = open.pop()) {
    const { token } = item;
    const why = notAllowed[token.type];
    if (why) refuse(why, token.offset);
    const depth = item.depth + ('items' in token ? 1 : 0);
    if (depth > levels) refuse('it is nested too deeply', token.offset);
    for (const part of partsOf(token)) open.push({ token: part, depth });
  }
  const second = tokens.filter(({ type }) => type === 'document')[1];
  if (second) refuse('a second document is not allowed', second.offset);
};

const partsOf = (token: CST.Token | CST.SourceToken): (CST.Token | CST.SourceToken)[] => {
  if (token.type === 'document') return [...token.start, ...(token.value ? [token.value] : [])];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ start, key, sep, value }) => [
    ...start,
    ...(key ? [key] : []),
    ...(sep ?? []),
    ...(value ? [value] : []),
  ]);
};

const checkKeys = (document: Document, refuse: Refuse): void =>
  visit(document, { Map: (_, map) => checkKeysOf(map, refuse) });

/** Keys count as the text that they become: 1 and "1" are the same. */
const checkKeysOf = (map: YAMLMap, refuse: Refuse): void => {
  const seen = new Set<string>();
  for (const { key } of map.items) {
    const at = (isNode(key) ? key.range?.[0] : undefined) ?? 0;
    if (!isScalar(key)) return refuse('a key must be text', at);
    const { value } = key as Scalar<string | number | boolean | null>;
    const name = String(value ?? '');
    if (seen.has(name)) refuse(`the key ${shown(name)} stands twice`, at);
    seen.add(name);
  }
};

const notYaml = (field: string, why: string): ConcordError =>
  new ConcordError('INVALID', `${field} cannot be read as YAML: ${oneLine(why, 300)}.`, {
    hint: 'Plain YAML 1.2 without anchors, aliases, tags or directives; JSON works too.',
  });
