import { spawn } from 'node:child_process';
import type { Launch } from '../../src/worker/launch/types.ts';
import { writeFiles } from '../../src/worker/launch/write.ts';

/** What a planned start comes to: its files are written, its program runs to its end. */
export const started = async (
  launch: Launch,
): Promise<{
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}> => {
  writeFiles(launch);
  const {
    words: [program, ...args],
    environment,
    cwd,
    stdin,
  } = launch;
  const child = spawn(program, args, {
    cwd,
    env: environment,
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (err += chunk));
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(stdin);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, out, err };
};
