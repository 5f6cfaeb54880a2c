import type { Time } from './entity.ts';

/** A time so many seconds later. */
export const addSeconds = (time: Time, seconds: number): Time =>
  new Date(Date.parse(time) + seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');

/** The clock of a time, as a person reads it: 14:34 UTC. */
export const clock = (time: Time): string => `${time.slice(11, 16)} UTC`;
