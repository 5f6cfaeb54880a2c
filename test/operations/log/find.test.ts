import { expect, test } from 'vitest';
import { find } from '../../../src/operations/log/find.ts';
import type { Wanted } from '../../../src/operations/log/find.ts';
import { Facts } from '../../../src/store/index/facts.ts';
import { MemoryRows } from '../../../src/store/index/memory-rows.ts';

const wanted = {
  line: 'main',
  after: 0,
  oldestFirst: false,
  limit: 2,
  all: false,
} satisfies Partial<Wanted>;

/** A line of so many renewals, with a publish of api-dev at its very beginning and end. */
const facts = (length: number): Facts => {
  const made = new Facts(new MemoryRows());
  for (let position = 1; position <= length; position += 1) {
    const [agent, event] =
      position === 1 || position === length
        ? ['api-dev', `artifact-published x@${position}`]
        : ['qa-dev', 'contract-renewed y'];
    const time = '2026-11-22T14:00:00Z';
    const entry = {
      oid: String(position),
      agent,
      time,
      latest: time,
      subject: '',
      events: [event],
    };
    made.rows.put('entry', 'main', String(position).padStart(10, '0'), JSON.stringify(entry));
  }
  return made;
};

const length = 100_010;

test('so much is looked at in one call and no more; the next one goes on there', () => {
  const long = facts(length);
  const first = find(long, { ...wanted, upTo: length });
  expect(first.entries.map(({ position }) => position)).toEqual([length]);
  expect(first).toMatchObject({ hidden: 99_999, cursor: 11, left: 10 });
  const second = find(long, { ...wanted, upTo: 10 });
  expect(second.entries.map(({ position }) => position)).toEqual([1]);
  expect(second).toEqual({ entries: second.entries, hidden: 9, left: 0 });
  const other = find(long, { ...wanted, upTo: length, agent: 'nobody', oldestFirst: true });
  expect(other).toEqual({ entries: [], hidden: 0, cursor: 100_000, left: 10 });
});

test('what is asked for by its event is never hidden', () => {
  const short = facts(10);
  const only = { ...wanted, upTo: 10, limit: 20 };
  expect(find(short, only).entries).toHaveLength(2);
  expect(find(short, { ...only, all: true }).entries).toHaveLength(10);
  expect(find(short, { ...only, event: 'contract-renewed' }).entries).toHaveLength(8);
  expect(find(short, { ...only, event: 'contract-renewed' }).hidden).toBe(0);
  expect(find(short, { ...only, after: 3, upTo: 3 })).toEqual({ entries: [], hidden: 0, left: 0 });
});

test('what happened to a contract is looked up, wherever it stands', () => {
  const short = facts(10);
  const { contracts } = short;
  const at = { line: 'main', author: 'ann', time: '2026-11-22T14:00:00Z', oid: 'c0ffee' };
  const said = (type: string) => [{ type, subject: 'z', notices: [] }];
  contracts.append({ ...at, position: 4 }, said('contract-created'));
  contracts.append({ ...at, position: 7 }, [
    ...said('contract-ready'),
    ...said('contract-claimed'),
  ]);
  expect(contracts.positions('main', 'z')).toEqual([4, 7]);
  expect(contracts.positions('main', 'y')).toEqual([]);
});
