import { amountText } from '../../model/budget/amount.ts';
import { oneLine } from '../../model/text.ts';
import type { Ending } from '../state.ts';

/** How long something has lasted, in two units at most: 40 s, 3 min, 2 h 5 min. */
export const lasting = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 90) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 90) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest === 0 ? '' : ` ${rest} min`}`;
};

export const dollars = (usd: number | undefined): string =>
  usd === undefined ? '' : amountText({ usd: Math.round(usd * 1e4) / 1e4 });

/** A name as it fits into a row. Names are checked where they are given; what is shown of them is made safe here once more. */
export const name = (text: string, limit = 40): string => oneLine(text, limit);

const two = (n: number): string => String(n).padStart(2, '0');

/** The time of day where the person sits. */
export const timeOfDay = (at: number, seconds = true): string => {
  const date = new Date(at);
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return seconds ? `${minutes}:${two(date.getSeconds())}` : minutes;
};

/** "completed, 0.42 USD, 3 min", and why where that was no success. */
export const endingText = ({ outcome, usd, seconds, reason }: Ending): string =>
  [
    outcome,
    dollars(usd),
    lasting(seconds),
    ...(reason === undefined || outcome === 'completed' ? [] : [oneLine(reason, 200)]),
  ]
    .filter((part) => part !== '')
    .join(', ');
