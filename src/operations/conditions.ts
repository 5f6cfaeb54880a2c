import { Environment } from '@marcbachmann/cel-js/evaluator';
import type { ASTNode, ParseError } from '@marcbachmann/cel-js';
import type { Conditions, Variable } from '../model/condition.ts';
import { oneLine } from '../model/text.ts';
import { pointAt, reworded } from './condition/caret.ts';
import { inspect, unknownName } from './condition/profile.ts';
import { evaluate } from './condition/run.ts';
import { Failure, kindOf } from './condition/value.ts';

/** A condition is read by people, too: a longer one should be two. */
const longest = 1_000;
const limits = { maxAstNodes: 500, maxDepth: 32, maxListElements: 250, maxCallArguments: 8 };
/** Conditions are few and asked again at every change. */
const kept = 200;

const names: readonly Variable[] = ['data', 'artifact', 'contract', 'event', 'previous', 'outputs'];

const isVariable = (name: string): boolean => names.some((known) => known === name);

/** A condition that may be evaluated, with the place at which it uses each variable; or what is wrong with it. */
type Compiled = { readonly node: ASTNode; readonly used: ReadonlyMap<string, number> } | string;

const cache = new Map<string, Compiled>();

/** CEL in a closed profile: parsed and type-checked by the package, walked here, within bounds. See ADR 9. */
export const conditions: Conditions = {
  problem: (expression, variables) => {
    const compiled = compile(expression);
    if (typeof compiled === 'string') return compiled;
    return unlisted(expression, compiled.used, variables);
  },
  holds: (expression, values) => {
    const compiled = compile(expression);
    if (typeof compiled === 'string') return { holds: false, why: compiled };
    const given = names.filter((name) => values[name] !== undefined);
    const foreign = unlisted(expression, compiled.used, given);
    if (foreign !== undefined) return { holds: false, why: foreign };
    const outcome = evaluate(compiled.node, values);
    if (outcome === true) return { holds: true };
    if (outcome === false) return { holds: false };
    if (outcome instanceof Failure) return { holds: false, why: oneLine(outcome.text(), 500) };
    return { holds: false, why: `It gives ${kindOf(outcome)}, not true or false.` };
  },
};

const unlisted = (
  expression: string,
  used: ReadonlyMap<string, number>,
  variables: readonly Variable[],
): string | undefined => {
  const listed: readonly string[] = variables;
  const foreign = [...used].find(([name]) => !listed.includes(name));
  if (!foreign) return undefined;
  const [name, at] = foreign;
  return pointAt(unknownName(name, variables, isVariable(name)), expression, at);
};

const compile = (expression: string): Compiled => {
  if (expression.length > longest)
    return `A condition has at most ${longest} characters; this one has ${expression.length}.`;
  if (expression.trim() === '') return 'The condition is empty. One is data.failed == 0.';
  const compiled = cache.get(expression) ?? read(expression);
  // The one used last stands last, so the first is the one to go.
  cache.delete(expression);
  cache.set(expression, compiled);
  const [oldest] = cache.keys();
  if (cache.size > kept && oldest !== undefined) cache.delete(oldest);
  return compiled;
};

/** The package's names of types, in words. */
const kinds = new Map([
  ['int', 'a number'],
  ['double', 'a number'],
  ['string', 'text'],
  ['null', 'null'],
]);

const read = (expression: string): Compiled => {
  try {
    const parsed = language().parse(expression);
    const used = inspect(parsed.ast);
    if ('text' in used) return pointAt(used.text, expression, used.at);
    // Names that are no variables anywhere: the type check would not say which there are.
    if (![...used.keys()].every(isVariable)) return { node: parsed.ast, used };
    const { type = '', error } = parsed.check();
    if (error) return explained(error, expression);
    if (type === 'bool' || type.startsWith('dyn')) return { node: parsed.ast, used };
    return `It gives ${kinds.get(type) ?? oneLine(type, 40)}, not true or false.`;
  } catch (error) {
    return explained(error, expression);
  }
};

/** The package's errors say where they are; anything else it throws is shown as it is. */
const explained = (error: unknown, expression: string): string => {
  if (!(error instanceof Error)) return 'It cannot be read.';
  if (!isLocated(error)) return oneLine(`It cannot be read: ${error.message}.`, 300);
  const { code, summary, range } = error;
  return pointAt(reworded(code, summary, expression, range.start), expression, range.start);
};

const isLocated = (error: Error): error is ParseError & Required<Pick<ParseError, 'range'>> =>
  'code' in error && 'summary' in error && 'range' in error && error.range !== undefined;

let environment: Environment | undefined;

const language = (): Environment => (environment ??= makeLanguage());

/** The package evaluates nothing here: what it is told serves the type check. */
const neverRun = (): never => {
  throw new Error('conditions are evaluated in condition/run.ts');
};

/** All values are JSON, whose numbers are doubles to CEL; so a double and an integer may be computed with each other. */
const makeLanguage = (): Environment => {
  const made = new Environment({ limits, homogeneousAggregateLiterals: false });
  for (const name of names) made.registerVariable(name, 'dyn');
  for (const op of ['+', '-', '*', '/', '%']) {
    made.registerOperator(`double ${op} int: double`, neverRun);
    made.registerOperator(`int ${op} double: double`, neverRun);
  }
  made.registerOperator('double % double: double', neverRun);
  made.registerOperator('int == double: bool', neverRun);
  return made;
};
