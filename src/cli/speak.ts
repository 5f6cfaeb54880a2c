import type { Call } from '../model/error.ts';
import { printable } from '../model/text.ts';
import type { Command, Operation, Speak } from '../operations/operation.ts';
import { quoted } from '../operations/refusal.ts';
import { optionName } from './options.ts';

const codes = { strong: ['\u001b[1m', '\u001b[22m'], faint: ['\u001b[2m', '\u001b[22m'] } as const;

/** Our own colours, the only control sequences that reach a terminal. */
const ours = /(\u001b\[(?:1|2|22)m)/; // oxlint-disable-line no-control-regex -- it must be named to be let through

/** Says things for a person, or plainly for a pipe. */
export const cliSpeak = (
  say: Speak['call'],
  colour: boolean,
  now: number,
  width?: number,
): Speak => ({
  call: say,
  quote: quoted,
  strong: (text) => (colour ? codes.strong.join(text) : text),
  faint: (text) => (colour ? codes.faint.join(text) : text),
  now,
  ...(width !== undefined && { width }),
});

/** What may be sent to a terminal: everything but our colours made visible. */
export const forTerminal = (text: string): string =>
  text
    .split(ours)
    .map((part, index) => (index % 2 === 1 ? part : printable(part)))
    .join('');

/** What stands before the command: the caller named a store, a line or himself, so the next call has to as well. */
export type Prefix = { readonly store?: string; readonly as?: string; readonly line?: string };

/** An operation's call as a command that works as written. */
export const commandLine = (
  operations: readonly Operation[],
  prefix: Prefix,
  { operation: name, input }: Call,
): string => {
  const operation = operations.find((candidate) => candidate.name === name);
  const command = operation && commandFor(operation, input);
  if (!operation || !command) return `${name} ${JSON.stringify(input)}`;
  const positional = (command.positional ?? []).flatMap((key) =>
    input[key] === undefined ? [] : [word(input[key])],
  );
  const options = Object.entries(input).flatMap(([key, value]) => {
    if (command.positional?.includes(key) || command.preset?.[key] === value) return [];
    if (value === true) return [`--${optionName(operation, key)}`];
    return [value].flat().map((item) => `--${optionName(operation, key)} ${word(item)}`);
  });
  const named = (['store', 'as', 'line'] as const).flatMap((key) =>
    // A call that names its line means that one.
    prefix[key] === undefined || input[key] !== undefined ? [] : [`--${key} ${word(prefix[key])}`],
  );
  return ['concord', ...named, command.path, ...positional, ...options].join(' ');
};

/** The command whose fixed input agrees with the call, the most specific first. */
const commandFor = (
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
): Command | undefined => {
  const fits = operation.commands.filter(({ preset = {}, without = [], needs = [] }) => {
    if (needs.some((key) => input[key] === undefined)) return false;
    // What a command fixes has to be so in the call; where it is only what an option begins with, the call may say otherwise.
    const agrees = Object.entries(preset).every(
      ([key, value]) => key === 'detail' || !without.includes(key) || input[key] === value,
    );
    return (
      agrees && !without.some((key) => input[key] !== undefined && !Object.hasOwn(preset, key))
    );
  });
  return fits[0] ?? operation.commands[0];
};

/** A value as a word of a shell. */
export const word = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[A-Za-z0-9@%+=:,./_-]+$/.test(text)
    ? text
    : `'${text.replaceAll("'", String.raw`'\''`)}'`;
};
