export const units = ['usd', 'tokens', 'seconds'] as const;
export type Unit = (typeof units)[number];

/** What something costs, or may cost, in one unit or more. A unit that is left out is not counted, or not limited. */
export type Amount = { readonly [U in Unit]?: number };

export const nothing: Amount = {};

/** Millionths of a unit: sums of them are exact, so that 0.1 and 0.2 are 0.3. */
const micros = (n: number): number => Math.round(n * 1e6);

const merged = (
  a: Amount,
  b: Amount,
  of: (a: number | undefined, b: number | undefined) => number | undefined,
): Amount =>
  Object.fromEntries(
    units.flatMap((unit) => {
      const value = of(a[unit], b[unit]);
      return value === undefined ? [] : [[unit, value] as const];
    }),
  );

export const plus = (a: Amount, b: Amount): Amount =>
  merged(a, b, (x, y) =>
    x === undefined && y === undefined ? undefined : (micros(x ?? 0) + micros(y ?? 0)) / 1e6,
  );

/** What is left of the first in each of its units; below zero where the second is more. */
export const minus = (a: Amount, b: Amount): Amount =>
  merged(a, b, (x, y) => (x === undefined ? undefined : (micros(x) - micros(y ?? 0)) / 1e6));

/** The higher of the two in each unit. */
export const highest = (a: Amount, b: Amount): Amount =>
  merged(a, b, (x, y) => (x === undefined ? y : Math.max(x, y ?? 0)));

/** The units in which there is something. */
export const positive = (amount: Amount): Amount =>
  merged(amount, nothing, (x) => (x !== undefined && x > 0 ? x : undefined));

/** Of an amount, what stands in these units. */
export const within = (amount: Amount, of: readonly Unit[]): Amount =>
  Object.fromEntries(
    Object.entries(amount).filter(([unit]) => (of as readonly string[]).includes(unit)),
  );

export const unitsOf = (amount: Amount): readonly Unit[] =>
  units.filter((unit) => amount[unit] !== undefined);

export const isNothing = (amount: Amount): boolean =>
  units.every((unit) => (amount[unit] ?? 0) === 0);

const words: Readonly<Record<Unit, string>> = { usd: 'USD', tokens: 'tokens', seconds: 's' };

/** Dollars with their cents, and with more places only where there are some. */
const numberText = (unit: Unit, n: number): string =>
  unit === 'usd' ? n.toFixed(6).replace(/0{1,4}$/, '') : String(n);

/** "4.10 USD, 12000 tokens". */
export const amountText = (amount: Amount): string =>
  unitsOf(amount)
    .map((unit) => `${numberText(unit, amount[unit] ?? 0)} ${words[unit]}`)
    .join(', ') || 'nothing';

/** "4.10 of 10.00 USD", for each unit that is limited. */
export const spentText = (spent: Amount, limit: Amount): string =>
  unitsOf(limit)
    .map(
      (unit) =>
        `${numberText(unit, spent[unit] ?? 0)} of ${numberText(unit, limit[unit] ?? 0)} ${words[unit]}`,
    )
    .join(', ') || amountText(spent);

/** As it is written on a command line: "4.5usd,12000tokens". */
export const amountWord = (amount: Amount): string =>
  unitsOf(amount)
    .map((unit) => `${String(amount[unit])}${unit === 'seconds' ? 's' : unit}`)
    .join(',');
