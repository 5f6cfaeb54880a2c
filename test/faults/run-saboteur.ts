// A preload: counts the calls of a supervisor that write, start a process or end one, and kills its own process at one of them.

import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { at, when } = JSON.parse(process.env['STRIKE'] ?? '{}') as {
  at?: number;
  when?: 'before' | 'after';
};
delete process.env['STRIKE'];

let count = 0;
let active = false;

type Call = (...args: unknown[]) => unknown;

const isWriting = (name: string, [first, flags]: readonly unknown[]): boolean => {
  if (typeof first === 'number' && first <= 2) return false;
  return name !== 'openSync' || (typeof flags === 'string' && /[wa+]/.test(flags));
};

const hit = (): void => void process.kill(process.pid, 'SIGKILL');

const wrap = (object: Record<string, Call>, name: string): void => {
  const original = object[name];
  if (!original) throw new Error(`there is no ${name}`);
  object[name] = (...args: unknown[]): unknown => {
    // From the first run's directory on: what comes before is no part of the protocol.
    if (name === 'mkdirSync' && /concord\/runs\//.test(String(args[0]))) active = true;
    if (!active || !isWriting(name, args)) return original(...args);
    count += 1;
    const now = count === at;
    if (now && when === 'before') hit();
    try {
      return original(...args);
    } finally {
      if (now && when === 'after') hit();
    }
  };
};

const files = fs as unknown as Record<string, Call>;
for (const name of [
  'openSync',
  'writeSync',
  'writeFileSync',
  'fsyncSync',
  'renameSync',
  'linkSync',
  'unlinkSync',
  'mkdirSync',
  'rmSync',
])
  wrap(files, name);
wrap(childProcess as unknown as Record<string, Call>, 'spawn');
wrap(process as unknown as Record<string, Call>, 'kill');
syncBuiltinESMExports();

process.on('exit', () => fs.writeSync(2, `calls ${count}\n`));
