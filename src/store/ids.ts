import { randomBytes } from 'node:crypto';

const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A ULID: ten digits of time in milliseconds, sixteen of chance, in Crockford's base 32 (https://github.com/ulid/spec). */
export const newId = (now: number): string => {
  let time = '';
  for (let rest = now; time.length < 10; rest = Math.floor(rest / 32))
    time = (digits[rest % 32] ?? '0') + time;
  return time + [...randomBytes(16)].map((byte) => digits[byte % 32]).join('');
};
