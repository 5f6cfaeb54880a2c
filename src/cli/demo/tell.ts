import { printable } from '../../model/text.ts';
import type { Speak } from '../../operations/operation.ts';
import { word } from '../speak.ts';

/** A call as an agent makes it, and the first lines of what came back. */
export type Shown = { readonly call: string; readonly reply: string; readonly lines?: number };

/** One sentence that says what happens and why it matters, and the proof. */
export type Step = {
  readonly text: string;
  readonly lines?: readonly string[];
  readonly calls?: readonly Shown[];
};

export type Teller = {
  step(step: Step): void;
  lines(lines: readonly string[]): void;
  /** Nothing more is told. */
  hush(): void;
};

const width = 100;

export const teller = (speak: Speak): Teller => {
  let number = 0;
  let hushed = false;
  const lines = (texts: readonly string[]): void => {
    if (!hushed) process.stdout.write(`${texts.join('\n')}\n`);
  };
  const shown = ({ call, reply, lines: limit = Infinity }: Shown): readonly string[] => {
    const all = printable(reply)
      .split('\n')
      .filter((line) => line.trim() !== '');
    return [
      ...call.split('\n').map((line) => `   ${speak.strong(line)}`),
      ...all.slice(0, limit).map((line) => `     ${cut(line)}`),
    ];
  };
  return {
    lines,
    hush: () => {
      hushed = true;
    },
    step: (step) => {
      const heading = `${++number}. ${step.text}`;
      const plain = (step.lines ?? []).map((line) => `   ${line}`);
      lines(['', heading, ...plain, ...(step.calls ?? []).flatMap(shown)]);
    },
  };
};

const cut = (line: string): string => (line.length > width ? `${line.slice(0, width - 1)}…` : line);

/** A command as one would type it, each option with its value kept together. */
export const shellLines = (args: readonly string[]): string => {
  const units: string[] = [];
  for (const arg of args) {
    const text = arg.replace(/(?<=^--[a-z-]+=|^(?!--)).*$/, word);
    const isValue = /^--[a-z-]+$/.test(units.at(-1) ?? '') && !arg.startsWith('--');
    units.push(isValue ? `${units.pop()} ${text}` : text);
  }
  return `$ ${folded(units, ' ', ' \\')}`;
};

/** A tool call as an agent makes it: the tool and its arguments. */
export const toolLines = (tool: string, input: Readonly<Record<string, unknown>>): string => {
  const entries = Object.entries(input).map(
    ([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`,
  );
  return `> ${folded([`${tool} {${entries[0] ?? ''}`, ...entries.slice(1)], ',', ',')}}`;
};

/** Joins what fits on a line, and goes on below it, indented. */
const folded = (units: readonly string[], glue: string, end: string): string => {
  const lines: string[] = [];
  for (const unit of units) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + glue.length + unit.length <= width - 6)
      lines[lines.length - 1] = last + glue + unit;
    else lines.push(unit);
  }
  return lines.join(`${end}\n    `);
};
