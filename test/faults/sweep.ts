import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Strike } from '../helpers/programs.ts';
import { tempDirectory } from '../helpers/repository.ts';

const whole = process.env['CONCORD_SWEEP'] === 'full';
const seed = Number(process.env['CONCORD_SEED'] ?? Date.now() % 1000);

/** A place where a process is killed. */
export type Point = Pick<Strike, 'at' | 'when'>;

/** Counts only. */
export const harmless: Strike = { at: 0, when: 'before', signal: 'SIGKILL' };

/** A repository to be spoilt. */
export const copyOf = (template: string): string => {
  const directory = join(tempDirectory(), 'copy');
  cpSync(template, directory, { recursive: true });
  return directory;
};

/** What a saboteur that only counted says of the writing calls. */
export const callsIn = (said: string): string[] =>
  said.split('\n').filter((line) => line.startsWith('call '));

const pointsOf = (calls: readonly string[]): Point[] =>
  calls.flatMap((call, index) => {
    const moments: Point['when'][] = ['before', 'after'];
    if (/^call (write|append)File/.test(call)) moments.push('half');
    return moments.map((when) => ({ at: index + 1, when }));
  });

/** Strikes at every point of the calls, or at one of so many where not the whole sweep is asked for. */
export const sweep = async (
  what: string,
  calls: readonly string[],
  share: number,
  strike: (point: Point) => Promise<void>,
): Promise<void> => {
  const points = pointsOf(calls);
  const chosen = whole ? points : points.filter((_point, at) => at % share === seed % share);
  expect(chosen.length).toBeGreaterThan(0);
  console.log(
    `kill sweep, ${what}: ${chosen.length} of ${points.length} points at ${calls.length} calls; CONCORD_SEED=${seed}`,
  );
  const lanes = [0, 1].map(async (lane) => {
    for (const point of chosen.filter((_point, at) => at % 2 === lane)) await strike(point);
  });
  await Promise.all(lanes);
};
