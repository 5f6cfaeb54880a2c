import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAmount } from '../../../src/model/budget/amount-text.ts';
import {
  amountText,
  amountWord,
  minus,
  plus,
  spentText,
} from '../../../src/model/budget/amount.ts';
import type { Amount } from '../../../src/model/budget/amount.ts';
import { shareOf, stateOf } from '../../../src/model/budget/budget.ts';
import { refusal } from '../../helpers/given.ts';

describe('an amount is written', () => {
  test.each<[unknown, Amount]>([
    ['10', { usd: 10 }],
    [10, { usd: 10 }],
    ['0.000001', { usd: 0.000001 }],
    ['4.5usd', { usd: 4.5 }],
    ['4.5 USD', { usd: 4.5 }],
    ['500000tokens', { tokens: 500_000 }],
    ['1 token', { tokens: 1 }],
    ['3600s', { seconds: 3600 }],
    ['60 seconds', { seconds: 60 }],
    ['10usd,500000tokens', { usd: 10, tokens: 500_000 }],
    ['60s, 10', { usd: 10, seconds: 60 }],
    ['{"usd":10,"tokens":500000}', { usd: 10, tokens: 500_000 }],
    [
      { tokens: 5, usd: 1 },
      { usd: 1, tokens: 5 },
    ],
    ['0', { usd: 0 }],
  ])('%j', (said, amount) => {
    expect(parseAmount(said, 'total')).toEqual(amount);
  });

  test.each<[unknown]>([
    [''],
    ['ten'],
    ['-1'],
    ['1e3'],
    ['10eur'],
    ['1usd,2usd'],
    ['1,2'],
    ['1.5tokens'],
    ['0.0000001'],
    ['10usd,'],
    ['constructor'],
    ['1toString'],
    ['{"usd":"10"}'],
    ['{"eur":10}'],
    ['{"usd":10'],
    ['{}'],
    [{ usd: -1 }],
    [{ usd: Number.NaN }],
    [{ usd: 1e12 }],
    [{ tokens: 0.5 }],
    [null],
    [undefined],
    [[1]],
    [true],
    ['9'.repeat(300)],
  ])('never as %j', (said) => {
    const error = refusal(() => parseAmount(said, 'total'));
    expect(error.code).toBe('INVALID');
    expect(error.message).toMatch(/^total must be an amount such as 10 \(USD\), .*; got /);
  });
});

describe('amounts', () => {
  test('add up exactly', () => {
    const sum = plus({ usd: 0.1, tokens: 1 }, { usd: 0.2, seconds: 2 });
    expect(sum).toEqual({ usd: 0.3, tokens: 1, seconds: 2 });
    expect(amountText(sum)).toBe('0.30 USD, 1 tokens, 2 s');
    expect(minus({ usd: 0.3 }, { usd: 0.1, tokens: 1 })).toEqual({ usd: 0.2 });
  });

  const cents = fc.integer({ min: 0, max: 1e9 });
  test('add up to the same in any order', () => {
    fc.assert(
      fc.property(fc.array(cents, { maxLength: 50 }), (all) => {
        const amounts = all.map((n) => ({ usd: n / 1e6 }));
        const sum = amounts.reduce<Amount>(plus, { usd: 0 });
        expect(sum).toEqual(amounts.toReversed().reduce<Amount>(plus, { usd: 0 }));
        expect(sum.usd).toBe(all.reduce((a, b) => a + b, 0) / 1e6);
      }),
    );
  });

  test('are read as they were written', () => {
    fc.assert(
      fc.property(cents, cents, cents, (usd, tokens, seconds) => {
        const amount = { usd: usd / 1e6, tokens, seconds };
        expect(parseAmount(amountWord(amount), 'x')).toEqual(amount);
      }),
    );
  });

  test.each<[Amount, string]>([
    [{}, 'nothing'],
    [{ usd: 4 }, '4.00 USD'],
    [{ usd: 4.1 }, '4.10 USD'],
    [{ usd: 0.123_45 }, '0.12345 USD'],
    [{ usd: 0.000_001 }, '0.000001 USD'],
    [{ seconds: 5, tokens: 12_000 }, '12000 tokens, 5 s'],
  ])('%j is said as %s', (amount, text) => {
    expect(amountText(amount)).toBe(text);
  });

  test('of a limit are said in its units', () => {
    expect(spentText({ usd: 4.1, tokens: 5 }, { usd: 10 })).toBe('4.10 of 10.00 USD');
    expect(spentText({}, { usd: 1, tokens: 9 })).toBe('0.00 of 1.00 USD, 0 of 9 tokens');
  });
});

describe('a limit', () => {
  test.each<[Amount, Amount, string]>([
    [{}, { usd: 1 }, 'ok'],
    [{ usd: 0.799_999 }, { usd: 1 }, 'ok'],
    [{ usd: 0.8 }, { usd: 1 }, 'warning'],
    [{ usd: 0.999_999 }, { usd: 1 }, 'warning'],
    [{ usd: 1 }, { usd: 1 }, 'exhausted'],
    [{ usd: 2 }, { usd: 1 }, 'exhausted'],
    [{ usd: 0.1, tokens: 80 }, { usd: 1, tokens: 100 }, 'warning'],
    [{ usd: 0.8, tokens: 100 }, { usd: 1, tokens: 100 }, 'exhausted'],
    [{ tokens: 1000 }, { usd: 1 }, 'ok'],
    [{}, { usd: 0 }, 'exhausted'],
    [{ usd: 5 }, {}, 'ok'],
  ])('%j spent of %j is %s', (spent, limit, state) => {
    expect(stateOf(spent, limit)).toBe(state);
  });

  test('is spent as far as in its worst unit', () => {
    expect(shareOf({ usd: 1, tokens: 90 }, { usd: 4, tokens: 100 })).toBe(0.9);
    expect(shareOf({}, { usd: 0 })).toBe(1);
    expect(shareOf({ usd: 1 }, {})).toBe(0);
  });
});
