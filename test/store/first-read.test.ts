import { expect, test } from 'vitest';
import { prepare } from '../../src/store/batch.ts';
import { apply } from '../../src/store/catch-up.ts';
import { openStore } from '../../src/store/store.ts';
import { concord } from '../helpers/cli.ts';
import { restStore } from '../helpers/replays.ts';
import { within } from '../helpers/cli.ts';

const line = 'replay/pre-work';

const start = (directory: string): Promise<unknown> =>
  within(directory, 'ann-lee', ({ call }) => call('team_replay', { snapshot: 'pre-work' }));

test('what two processes read of a new replay is applied once', async () => {
  const directory = await restStore();
  const store = await openStore(directory, { memory: true });
  const facts = await store.index.ready('main');
  await start(directory);
  const tip = (await store.tip(line)) ?? '';
  const read = () =>
    prepare(store.repository, store.objects, {
      line,
      head: undefined,
      tip,
      after: facts.head('main')?.oid,
      lineOf: (fork) => ({ head: facts.head(facts.place(fork)?.line ?? '')?.oid }),
    });
  const [mine, theirs] = await Promise.all([read(), read()]);
  expect(apply(facts, theirs)).toBe(true);
  const before = [...store.index.rows.dump()];
  expect(apply(facts, mine)).toBe(false);
  expect([...store.index.rows.dump()]).toEqual(before);
  await store.close();
});

test('many processes look at a new replay at once', async () => {
  const directory = await restStore();
  await start(directory);
  const looks = Array.from({ length: 8 }, () => concord(directory, ['status', '--line', line]));
  for (const { code, err } of await Promise.all(looks))
    expect({ code, err }).toEqual({ code: 0, err: '' });
});
