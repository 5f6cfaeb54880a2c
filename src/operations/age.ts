import { count } from '../model/text.ts';

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** "5 minutes ago"; a time that lies ahead (clocks differ) is "just now". `now` is in milliseconds since 1970. */
export const age = (time: string, now: number): string => {
  const seconds = Math.floor((now - Date.parse(time)) / 1000);
  const unit = units.find(([, length]) => seconds >= length);
  if (unit) return `${count(Math.floor(seconds / unit[1]), unit[0])} ago`;
  return seconds < 2 ? 'just now' : `${seconds} seconds ago`;
};
