import { realpathSync } from 'node:fs';
import type { Words } from '../../operations/client/hooks.ts';

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
