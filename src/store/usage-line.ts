import { units } from '../model/budget/amount.ts';
import type { Amount } from '../model/budget/amount.ts';
import { isMark } from '../model/budget/record.ts';
import { monitoring } from '../model/budget/spending.ts';
import type { Usage } from '../model/budget/spending.ts';
import { isId } from '../model/names.ts';

/**
 * What was used, on one line: `contract build-api 2 usd=0.42 tokens=12000 report=r1 session=s1 total-usd=1.2`, or `monitoring usd=0.1`. No
 * value has a space in it, so that none can stand for another.
 */
export const usageLine = ({ contract, attempt = 1, ...usage }: Usage): string =>
  [
    contract === undefined ? monitoring : `contract ${contract} ${attempt}`,
    ...words('', usage.amount),
    ...(usage.report === undefined ? [] : [`report=${usage.report}`]),
    ...(usage.session === undefined ? [] : [`session=${usage.session}`]),
    ...words('total-', usage.totals ?? {}),
  ].join(' ');

/** Plain digits at any size: no number is written with an exponent. */
const digits = (unit: (typeof units)[number], n: number): string =>
  unit === 'usd' ? n.toFixed(6).replace(/\.?0+$/, '') : String(n);

const words = (prefix: string, amount: Amount): string[] =>
  units.flatMap((unit) => {
    const n = amount[unit];
    return n === undefined ? [] : [`${prefix}${unit}=${digits(unit, n)}`];
  });

const known = new Set<string>([
  ...units,
  ...units.map((unit) => `total-${unit}`),
  'report',
  'session',
]);

/** Read back; undefined for a line that says anything else. */
export const parseUsage = (line: string | undefined): Usage | undefined => {
  const [kind, ...rest] = line?.split(' ') ?? [];
  const isContract = kind === 'contract';
  if (!isContract && kind !== monitoring) return undefined;
  const [contract = '', attempt = ''] = isContract ? rest.splice(0, 2) : [];
  if (isContract && (!isId(contract) || !/^[1-9]\d{0,5}$/.test(attempt))) return undefined;
  const said = new Map<string, string>();
  for (const word of rest) {
    const at = word.indexOf('=');
    const name = word.slice(0, at);
    if (at < 1 || !known.has(name) || said.has(name)) return undefined;
    said.set(name, word.slice(at + 1));
  }
  const amount = amountIn(said, '');
  const totals = amountIn(said, 'total-');
  const [report, session] = [said.get('report'), said.get('session')];
  const isSound = [report, session].every((text) => text === undefined || isMark(text));
  if (!amount || !totals || !isSound || Object.keys(amount).length === 0) return undefined;
  return {
    ...(isContract && { contract, attempt: Number(attempt) }),
    amount,
    ...(report !== undefined && { report }),
    ...(session !== undefined && { session }),
    ...(Object.keys(totals).length > 0 && { totals }),
  };
};

const amountIn = (said: ReadonlyMap<string, string>, prefix: string): Amount | undefined => {
  const found = units.flatMap((unit) => {
    const text = said.get(`${prefix}${unit}`);
    return text === undefined ? [] : [[unit, text] as const];
  });
  const sound = found.every(([unit, text]) =>
    (unit === 'usd' ? /^\d{1,10}(\.\d{1,6})?$/ : /^\d{1,16}$/).test(text),
  );
  return sound
    ? Object.fromEntries(found.map(([unit, text]) => [unit, Number(text)] as const))
    : undefined;
};
