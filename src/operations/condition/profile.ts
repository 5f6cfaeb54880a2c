import type { ASTNode } from '@marcbachmann/cel-js';
import { nearest, oneLine, shown } from '../../model/text.ts';

/** What is wrong with a part of a condition, and where that part begins. */
export type Objection = { readonly text: string; readonly at: number };

/** Asked of each element of a list. One inside another would multiply the work, so none may be. */
export const macros = new Map([
  ['all', '(f, condition of f)'],
  ['exists', '(f, condition of f)'],
  ['exists_one', '(f, condition of f)'],
  ['filter', '(f, condition of f)'],
  ['map', '(f, what is made of f)'],
]);

/** Names of functions and methods, with the number of their arguments. Whatever is not here is refused. */
const functions = new Map(
  ['has', 'size', 'int', 'double', 'string', 'bool'].map((name) => [name, 1] as const),
);
const methods = new Map([
  ...['contains', 'startsWith', 'endsWith'].map((name) => [name, 1] as const),
  ...['size', 'lowerAscii', 'trim'].map((name) => [name, 0] as const),
]);

const everything = `has(...), size(...), int, double, string and bool(...), and the methods ${[
  ...methods.keys(),
  ...macros.keys(),
].join(', ')}`;

/** What other names are offered for. */
const instead = new Map([
  ['matches', 'Patterns could run for hours: ask with startsWith, endsWith, contains or in [...].'],
  ['exist', 'A field is asked for with has(data.failed), an element with exists(f, ...).'],
  ['len', 'Write size(...).'],
  ['length', 'Write size(...).'],
  ['count', 'Write size(...), or filter(f, ...).size().'],
  ['includes', 'Text is searched with contains(...), a list with in.'],
  ['toLowerCase', 'Write lowerAscii().'],
  ['upperAscii', 'Write lowerAscii().'],
]);

/** The names a condition uses, each with the place of its first use; or what does not belong into a condition. */
export const inspect = (node: ASTNode): ReadonlyMap<string, number> | Objection => {
  const used = new Map<string, number>();
  return inspectPart(node, undefined, used) ?? used;
};

/** `item` is the name that a comprehension around this part gives to the element. */
const inspectPart = (
  node: ASTNode,
  item: string | undefined,
  used: Map<string, number>,
): Objection | undefined => {
  if (node.op === 'id') {
    if (node.args !== item && !used.has(node.args)) used.set(node.args, node.start);
    return undefined;
  }
  if (node.op === 'rcall' && macros.has(node.args[0])) return inspectMacro(node, item, used);
  const objection = refused(node);
  if (objection !== undefined) return { text: objection, at: placeOf(node) };
  for (const part of partsOf(node)) {
    const found = inspectPart(part, item, used);
    if (found) return found;
  }
  return undefined;
};

const inspectMacro = (
  node: Extract<ASTNode, { op: 'rcall' }>,
  item: string | undefined,
  used: Map<string, number>,
): Objection | undefined => {
  const [name, receiver, [variable, ...parts]] = node.args;
  const most = name === 'map' ? 2 : 1;
  if (variable?.op !== 'id' || parts.length < 1 || parts.length > most)
    return { text: `It is written ${name}${macros.get(name)}.`, at: placeOf(node) };
  if (item !== undefined)
    return {
      text: `${name}(...) stands inside another of its kind, which would multiply the work. One level is allowed.`,
      at: placeOf(node),
    };
  const inner = variable.args;
  for (const part of [receiver, ...parts]) {
    const found = inspectPart(part, part === receiver ? undefined : inner, used);
    if (found) return found;
  }
  return undefined;
};

/** A method's node begins where its receiver does; what is meant is its name. */
const placeOf = (node: ASTNode): number => {
  if (node.op !== 'rcall') return node.start;
  const [name, receiver] = node.args;
  return Math.max(node.start, node.input.indexOf(name, receiver.end));
};

/** Why this part by itself may not be; its own parts are looked at after it. */
const refused = (node: ASTNode): string | undefined => {
  if (node.op === 'call') return refusedCall(functions, node.args[0], node.args[1].length);
  if (node.op === 'rcall') return refusedCall(methods, node.args[0], node.args[2].length);
  if (node.op === 'map' || node.op === '.?' || node.op === '[?]')
    return 'Maps and optional values cannot be written in conditions.';
  if (node.op !== 'value') return undefined;
  if (typeof node.args === 'bigint' && node.args >= 2n ** 63n)
    return 'The number is too large: write it with a point, as a double.';
  return typeof node.args === 'object' && node.args !== null
    ? 'Bytes and unsigned numbers are not part of conditions.'
    : undefined;
};

const refusedCall = (
  allowed: ReadonlyMap<string, number>,
  name: string,
  given: number,
): string | undefined => {
  const wanted = allowed.get(name);
  if (wanted === given) return undefined;
  if (wanted !== undefined) return `${name}(...) takes ${wanted === 0 ? 'nothing' : 'one value'}.`;
  const other = nearest(name, [...functions.keys(), ...methods.keys(), ...macros.keys()]);
  const meant = other === undefined ? `There are ${everything}.` : `Did you mean ${other}?`;
  return `${oneLine(name, 40)}(...) is not part of conditions. ${instead.get(name) ?? meant}`;
};

const partsOf = (node: ASTNode): readonly ASTNode[] => {
  if (node.op === 'value' || node.op === 'id') return [];
  if (node.op === '.' || node.op === '.?') return [node.args[0]];
  if (node.op === '!_' || node.op === '-_') return [node.args];
  if (node.op === 'call') return node.args[1];
  if (node.op === 'rcall') return [node.args[1], ...node.args[2]];
  return node.op === 'map' ? node.args.flat() : node.args;
};

/** What is said of a name that is no variable here; `elsewhere` when it is one in other places. */
export const unknownName = (
  name: string,
  variables: readonly string[],
  elsewhere: boolean,
): string => {
  const other = elsewhere ? undefined : nearest(name, variables);
  const quotes = elsewhere ? '' : ` Text stands in quotes: ${shown(name, 40)}.`;
  const meant = other === undefined ? quotes : ` Did you mean ${other}?`;
  return `There is no ${oneLine(name, 40)} here, only ${variables.join(', ')}.${meant}`;
};
