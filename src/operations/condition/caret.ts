import { oneLine, printable } from '../../model/text.ts';

const before = 50;
const after = 30;

/**
 * A message with the line it is about below it and a caret under the place. The line is an agent's text: what is not printable is
 * written out, and only the surroundings of the place are shown.
 */
export const pointAt = (text: string, expression: string, at: number): string => {
  const from = Math.max(0, at - before);
  const head = visible(expression.slice(from, at));
  const tail = visible(expression.slice(at, at + after));
  const start = from > 0 ? '...' : '';
  const end = at + after < expression.length ? '...' : '';
  const caret = ' '.repeat(start.length + head.length);
  return `${oneLine(text, 400)}\n  ${start}${head}${tail}${end}\n  ${caret}^`;
};

/** Line ends would part the caret from its place, so they are shown as blanks. */
const visible = (text: string): string => printable(text).replace(/[\n\t]/g, ' ');

/** How the package names what it read, in words. */
const tokens = new Map([
  ['EOF', 'the end'],
  ['RPAREN', '")"'],
  ['LPAREN', '"("'],
  ['RBRACKET', '"]"'],
  ['LBRACKET', '"["'],
  ['RBRACE', '"}"'],
  ['LBRACE', '"{"'],
  ['COLON', '":"'],
  ['COMMA', '","'],
  ['DOT', '"."'],
  ['QUESTION', '"?"'],
  ['IDENTIFIER', 'a name'],
  ['NUMBER', 'a number'],
  ['STRING', 'text'],
]);

/** What other languages write, and what is written here. */
const habits = new Map([
  ['=', 'Equality is written ==.'],
  ['&', 'Both is written &&.'],
  ['|', 'Either is written ||.'],
  ['and', 'Both is written &&.'],
  ['or', 'Either is written ||.'],
  ['is', 'Equality is written ==.'],
  ['not', 'The opposite is written !(...), or !=.'],
]);

/** The package's message about the text at a place, in plainer words. */
export const reworded = (code: string, summary: string, expression: string, at: number): string => {
  const word = /^(\w+|.)/su.exec(expression.slice(at, at + 40))?.[0] ?? '';
  const habit = habits.get(word.toLowerCase());
  if (code === 'limit_exceeded')
    return summary.includes('maxDepth')
      ? 'Its parts are nested too deeply.'
      : 'It has too many parts.';
  if (code === 'unexpected_character' || code === 'unexpected_token' || code === 'expected_token') {
    if (habit !== undefined) return habit;
    if (code === 'unexpected_character')
      return /^\w/.test(word) ? 'An operator such as ==, && or in is missing here.' : summary;
  }
  if (code === 'invalid_macro_argument' && summary.startsWith('has('))
    return 'has(...) takes a field, as in has(data.failed); other keys are asked for with "a key" in data.';
  return summary.replace(/\b[A-Z]{3,}\b/g, (token) => tokens.get(token) ?? token.toLowerCase());
};
