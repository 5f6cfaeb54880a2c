import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { addExtras } from '../../src/cli/extras.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { instructionBlock } from '../../src/operations/guide/instructions.ts';
import { operations } from '../../src/operations/index.ts';

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const program = buildProgram(operations, operations, () => undefined);
addExtras(program, operations);

/** The words of a line of a shell, as far as documents use it: quotes, comments, several commands. */
const commandsIn = (line: string): string[][] => {
  const words: readonly string[] =
    line.match(/(?:"[^"]*"|'[^']*'|[^\s"'#;|&]|(?<=\S)#)+|#|[;|&]+/g) ?? [];
  const end = words.indexOf('#');
  const found: string[][] = [[]];
  for (const word of end < 0 ? words : words.slice(0, end)) {
    if (/^[;|&]+$/.test(word)) found.push([]);
    else found.at(-1)?.push(word.replaceAll(/^["']|["']$/g, ''));
  }
  return found;
};

/** Calls of the program: what follows `concord`, behind variables that are set for it. */
const calls = (text: string): string[][] =>
  text
    .split('\n')
    .flatMap(commandsIn)
    .flatMap((words) => {
      const [first, ...rest] = words.filter((word) => !/^[A-Z_]+=/.test(word));
      return first === 'concord' ? [rest] : [];
    });

/** What the program does not know of a call. */
const unknown = (words: readonly string[]): string[] => {
  let command: Command = program;
  const wrong: string[] = [];
  for (const word of words) {
    if (word.startsWith('--')) {
      const options = [...command.options, ...program.options].map(({ long }) => long);
      if (![...options, '--version', '--help'].includes(word.split('=')[0])) wrong.push(word);
      continue;
    }
    const below = command.commands.find((one) => one.name() === word);
    if (below) command = below;
    else if (command === program && !/^[A-Z]/.test(word) && !wasValue(words, word))
      wrong.push(word);
  }
  return wrong;
};

/** Of an option of the whole program, before the command. */
const wasValue = (words: readonly string[], word: string): boolean =>
  ['--as', '--store', '--line'].includes(words[words.indexOf(word) - 1] ?? '');

const blocks = (text: string): string =>
  [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block).join('\n');

/** Calls in running text, as code. */
const inline = (text: string): string =>
  [...text.matchAll(/`(concord [^`]+)`/g)].map(([, call = '']) => call).join('\n');

test.each([
  ['README.md', read('README.md')],
  ['docs/guide.md', read('docs/guide.md')],
  ['templates/README.md', read('templates/README.md')],
  ['templates/plugin/README.md', read('templates/plugin/README.md')],
  ['the skill', read('templates/plugin/skills/concord/SKILL.md')],
  ['the orchestrator', read('templates/plugin/agents/orchestrator.md')],
  ['the block for AGENTS.md', instructionBlock()],
])('the commands of %s are there, with their options', (_, text) => {
  const found = calls(`${blocks(text)}\n${inline(text.replaceAll(/```[\s\S]*?```/g, ''))}`);
  expect(found.length).toBeGreaterThan(0);
  const wrong = found.flatMap((words) => {
    const missing = unknown(words);
    return missing.length > 0 ? [`concord ${words.join(' ')}: ${missing.join(', ')}`] : [];
  });
  expect(wrong).toEqual([]);
});
