// A preload: counts the calls that write, from the first publish on, and ends or stops its own process at one of them.

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { Strike } from '../helpers/programs.ts';

const strike = JSON.parse(process.env['STRIKE'] ?? '') as Strike;
const calls: string[] = [];
let active = false;
process.on('publish' as 'exit', () => (active = true));

const hit = (): void => {
  fs.writeSync(2, `strikes at ${calls.length}: ${calls.at(-1)}\n`);
  process.kill(process.pid, strike.signal);
};

type Call = (...args: unknown[]) => unknown;
const functions = fs as unknown as Record<string, Call>;

const isWriting = (name: string, [first, flags]: readonly unknown[]): boolean => {
  if (typeof first === 'number' && first <= 2) return false;
  return name !== 'openSync' || (typeof flags === 'string' && /[wa+]/.test(flags));
};

const half = (content: unknown): unknown =>
  typeof content === 'string'
    ? content.slice(0, content.length / 2)
    : (content as Buffer).subarray(0, (content as Buffer).length / 2);

const names = [
  'openSync',
  'writeSync',
  'writeFileSync',
  'appendFileSync',
  'fsyncSync',
  'renameSync',
  'linkSync',
  'unlinkSync',
  'mkdirSync',
];

for (const name of names) {
  const original = functions[name];
  if (!original) throw new Error(`there is no fs.${name}`);
  functions[name] = (...args: unknown[]): unknown => {
    if (!active || !isWriting(name, args)) return original(...args);
    calls.push(`${name} ${args.filter((arg) => typeof arg === 'string').join(' ')}`.trimEnd());
    const now = calls.length === strike.at;
    if (now && strike.when === 'before') hit();
    if (now && strike.when === 'half' && /^(write|append)File/.test(name)) {
      original(args[0], half(args[1]), ...args.slice(2));
      hit();
    }
    try {
      return original(...args);
    } finally {
      // A call that fails, such as one that finds no directory yet, is a call, too.
      if (now && strike.when !== 'before') hit();
    }
  };
}
syncBuiltinESMExports();

process.on('exit', () => fs.writeSync(2, `${calls.map((call) => `call ${call}`).join('\n')}\n`));
