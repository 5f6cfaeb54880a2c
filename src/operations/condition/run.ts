import type { ASTNode, BinaryOperator } from '@marcbachmann/cel-js';
import type { Json } from '../../model/json.ts';
import { oneLine } from '../../model/text.ts';
import { convert, method } from './call.ts';
import { macros } from './profile.ts';
import { compare, compute, element, equal, Failure, fits } from './value.ts';
import { isIn, items, kindOf, lacks, member } from './value.ts';
import type { Outcome, Value } from './value.ts';

/**
 * What one evaluation may spend. A step is about a node visited, a value compared or a few dozen characters read. Counted, not timed:
 * the same condition over the same data always gives the same answer, on a busy machine too.
 */
const budget = 60_000;

class Spent extends Error {}

type Values = Readonly<Partial<Record<string, Json>>>;

/** One evaluation. Comprehensions do not nest, so there is at most one variable of theirs at a time. */
type Run = {
  readonly values: Values;
  readonly spend: (steps: number) => void;
  item: { readonly name: string; value: Value } | undefined;
};

/** The value of a condition that the profile has let pass. The package's own evaluation has no bound, so the tree is walked here. */
export const evaluate = (node: ASTNode, values: Values): Outcome => {
  let left: number = budget;
  const spend = (steps: number): void => {
    left -= steps;
    if (left < 0) throw new Spent();
  };
  try {
    return valueOf(node, { values, spend, item: undefined });
  } catch (error) {
    if (!(error instanceof Spent)) throw error;
    return new Failure(
      () =>
        'It takes too much work over this data. Ask for less: fewer comparisons for each element, or shorter lists.',
    );
  }
};

const valueOf = (node: ASTNode, run: Run): Outcome => {
  run.spend(1);
  switch (node.op) {
    case 'value':
      return literal(node.args);
    case 'id':
      return variable(node.args, run);
    case '.':
    case '[]':
      return access(node, run);
    case '||':
    case '&&':
      return logical(node, run);
    case '?:':
      return choice(node, run);
    case '!_':
    case '-_':
      return unary(node, run);
    case 'list':
      return all(node.args, run);
    case 'call':
      return call(node, run);
    case 'rcall':
      return macros.has(node.args[0]) ? comprehension(node, run) : methodCall(node, run);
    case 'map':
    case '.?':
    case '[?]':
      return new Failure(() => `${written(node)()} is not part of conditions.`);
    case '==':
    case '!=':
    case 'in':
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return binary(node, run);
  }
};

type Node<Op extends ASTNode['op']> = Extract<ASTNode, { op: Op }>;

/** How a part is written, for messages. */
const written = (node: ASTNode) => (): string =>
  oneLine(node.input.slice(node.start, node.end), 80);

const literal = (value: Node<'value'>['args']): Outcome => {
  if (typeof value === 'bigint') return fits(value);
  return typeof value === 'object' && value !== null
    ? new Failure(() => 'Bytes and unsigned numbers are not part of conditions.')
    : value;
};

const variable = (name: string, run: Run): Outcome => {
  if (run.item?.name === name) return run.item.value;
  const value = Object.hasOwn(run.values, name) ? run.values[name] : undefined;
  return value === undefined ? new Failure(() => `There is no ${name} here.`) : value;
};

const access = (node: Node<'.' | '[]'>, run: Run): Outcome => {
  const holder = valueOf(node.args[0], run);
  if (holder instanceof Failure) return holder;
  if (node.op === '.') {
    const value = member(holder, node.args[1]);
    if (value !== undefined) return value;
    run.spend(4);
    return new Failure(() =>
      lacks(holder, node.args[1], written(node.args[0])(), `has(${written(node)()})`),
    );
  }
  const index = valueOf(node.args[1], run);
  if (index instanceof Failure) return index;
  const value = element(holder, index, written(node.args[0]));
  if (value instanceof Failure) run.spend(4);
  return value;
};

/** One side alone may decide, and then it does not matter that the other has no value. */
const logical = (node: Node<'||' | '&&'>, run: Run): Outcome => {
  const decisive = node.op === '||';
  const left = truth(node.args[0], run);
  if (left === decisive) return decisive;
  const right = truth(node.args[1], run);
  if (right === decisive) return decisive;
  return left instanceof Failure ? left : right;
};

const truth = (node: ASTNode, run: Run): boolean | Failure => {
  const value = valueOf(node, run);
  if (typeof value === 'boolean' || value instanceof Failure) return value;
  return new Failure(() => `${written(node)()} is ${kindOf(value)}, not true or false.`);
};

const choice = (node: Node<'?:'>, run: Run): Outcome => {
  const chosen = truth(node.args[0], run);
  if (chosen instanceof Failure) return chosen;
  return valueOf(chosen ? node.args[1] : node.args[2], run);
};

const unary = (node: Node<'!_' | '-_'>, run: Run): Outcome => {
  if (node.op === '!_') {
    const value = truth(node.args, run);
    return value instanceof Failure ? value : !value;
  }
  const value = valueOf(node.args, run);
  if (value instanceof Failure || typeof value === 'number') {
    return typeof value === 'number' ? -value : value;
  }
  if (typeof value === 'bigint') return fits(-value);
  return new Failure(() => `${written(node.args)()} is ${kindOf(value)}, not a number.`);
};

const binary = (node: Node<BinaryOperator>, run: Run): Outcome => {
  const left = valueOf(node.args[0], run);
  if (left instanceof Failure) return left;
  const right = valueOf(node.args[1], run);
  if (right instanceof Failure) return right;
  const { op } = node;
  if (op === '==') return equal(left, right, run.spend);
  if (op === '!=') return !equal(left, right, run.spend);
  if (op === 'in') return isIn(left, right, written(node.args[1]), run.spend);
  const compared = op === '<' || op === '<=' || op === '>' || op === '>=';
  const outcome = (compared ? compare : compute)(op, left, right, run.spend);
  return outcome instanceof Failure
    ? new Failure(() => `${written(node)()}: ${outcome.text()}`)
    : outcome;
};

const all = (nodes: readonly ASTNode[], run: Run): readonly Value[] | Failure => {
  run.spend(2);
  const values: Value[] = [];
  for (const node of nodes) {
    const value = valueOf(node, run);
    if (value instanceof Failure) return value;
    values.push(value);
  }
  return values;
};

const call = (node: Node<'call'>, run: Run): Outcome => {
  const [name, [argument]] = node.args;
  if (!argument) return new Failure(() => `${name}(...) needs a value.`);
  if (name === 'has') return has(argument, run);
  const value = valueOf(argument, run);
  return value instanceof Failure ? value : convert(name, value, written(argument), run.spend);
};

/** Only the last field may be missing: what it would belong to has to be there. */
const has = (node: ASTNode, run: Run): Outcome => {
  if (node.op !== '.') return new Failure(() => 'has(...) takes a field, as in has(data.failed).');
  const holder = valueOf(node.args[0], run);
  return holder instanceof Failure ? holder : member(holder, node.args[1]) !== undefined;
};

const methodCall = (node: Node<'rcall'>, run: Run): Outcome => {
  const [name, receiver, nodes] = node.args;
  const values = all([receiver, ...nodes], run);
  if (values instanceof Failure) return values;
  const [text = null, part] = values;
  return method(name, text, part, written(receiver), run.spend);
};

/** The variable, what is asked of each element, and for `map` what becomes of it. */
const comprehension = (node: Node<'rcall'>, run: Run): Outcome => {
  const [name, receiver, [first, second, third]] = node.args;
  const range = valueOf(receiver, run);
  if (range instanceof Failure) return range;
  const over = items(range, written(receiver), run.spend);
  if (over instanceof Failure) return over;
  if (first?.op !== 'id' || !second)
    return new Failure(() => `${written(node)()} needs a name first.`);
  const item = (run.item = { name: first.args, value: null as Value });
  const each = <T>(visit: (value: Value) => T | undefined): T | undefined => {
    for (const value of over) {
      item.value = value;
      const end = visit(value);
      if (end !== undefined) return end;
    }
    return undefined;
  };
  const outcome =
    name === 'map' || name === 'filter'
      ? gathered(
          each,
          name === 'filter' ? [second, first] : [third && second, third ?? second],
          run,
        )
      : quantified(name, each, second, run);
  run.item = undefined;
  return outcome;
};

type Each = <T>(visit: (value: Value) => T | undefined) => T | undefined;

const gathered = (
  each: Each,
  [wanted, made]: readonly [ASTNode | undefined, ASTNode],
  run: Run,
): Outcome => {
  const found: Value[] = [];
  const failure = each((): Failure | undefined => {
    const keeps = wanted ? truth(wanted, run) : true;
    if (keeps instanceof Failure) return keeps;
    if (!keeps) return undefined;
    const value = valueOf(made, run);
    if (value instanceof Failure) return value;
    found.push(value);
    return undefined;
  });
  return failure ?? found;
};

/** `exists` is a long `||`, `all` a long `&&`: one element alone may decide, whatever the others lack. */
const quantified = (name: string, each: Each, asked: ASTNode, run: Run): Outcome => {
  const decisive = name !== 'all';
  let failure: Failure | undefined;
  let found = 0;
  const decided = each((): boolean | undefined => {
    const value = truth(asked, run);
    if (value instanceof Failure) failure ??= value;
    else if (name === 'exists_one') found += value ? 1 : 0;
    else if (value === decisive) return decisive;
    return undefined;
  });
  if (decided !== undefined) return decided;
  return failure ?? (name === 'exists_one' ? found === 1 : !decisive);
};
