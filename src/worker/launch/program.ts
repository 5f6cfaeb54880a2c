import { realpathSync } from 'node:fs';

/** The words of a command, the program first. */
export type Words = readonly [string, ...string[]];

/** The Concord that a session is to use: this one, wherever others may lie on the PATH. */
export type Program = { readonly node: string; readonly script: string };

/** The program that runs now, by absolute paths: links on the PATH may lead elsewhere tomorrow. */
export const runningProgram = (): Program => ({
  node: process.execPath,
  script: realpathSync(process.argv[1] ?? ''),
});

export const concordWords = ({ node, script }: Program, ...more: readonly string[]): Words => [
  node,
  script,
  ...more,
];
