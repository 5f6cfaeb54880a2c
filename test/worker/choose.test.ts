import { expect, test } from 'vitest';
import type { Agent } from '../../src/model/entity.ts';
import { board } from '../../src/worker/choose.ts';
import type { Board, Busy } from '../../src/worker/choose.ts';
import { needs, Team } from '../helpers/given.ts';

const agent = (name: string): Agent => ({
  name,
  registered: '2026-11-22T14:34:00Z',
  command: ['x'],
});
const bob = agent('bob');
const eve = agent('eve');

const seen = (team: Team, agents: readonly Agent[], busy: Partial<Busy> = {}): Board =>
  board(team.view, agents, { contracts: new Set(), agents: [], wanted: 4, ...busy }, team.now);

const pairs = ({ candidates }: Board): string[] =>
  candidates.map(({ agent: { name }, contract }) => `${name} ${contract.id}`);

test('what is best of all agents comes first: by priority, then by age; each contract once', () => {
  const team = new Team();
  team.as('ann').create({ id: 'for-bob', assignee: 'bob' }, { id: 'low', priority: -1 });
  team.wait(1);
  team
    .as('ann')
    .create({ id: 'for-eve', assignee: 'eve' }, { id: 'urgent', assignee: 'eve', priority: 5 });
  expect(pairs(seen(team, [bob, eve]))).toEqual([
    'eve urgent',
    'bob for-bob',
    'eve for-eve',
    'bob low',
  ]);
});

test('what is for anyone goes to whoever has least to do', () => {
  const team = new Team();
  team.as('ann').create({ id: 'any' });
  expect(pairs(seen(team, [bob, eve], { agents: ['bob'] }))).toEqual(['eve any']);
});

test('what runs already, was refused a moment ago, waits, or is for others is not started', () => {
  const team = new Team();
  team.as('ann').create({ id: 'a' }, { id: 'b', ...needs('a') }, { id: 'c', assignee: 'carol' });
  expect(seen(team, [bob], { contracts: new Set(['a']) })).toEqual({
    candidates: [],
    next: undefined,
    elsewhere: false,
  });
});

test('a back-off is waited for, and then it is a candidate again', () => {
  const team = new Team();
  team.as('ann').create({ id: 'a' });
  team.as('bob').claim();
  team.as('bob').fail('a', 'it broke');
  const { candidates, next } = seen(team, [bob]);
  expect(candidates).toEqual([]);
  expect(next).toBe(team.view.contract('a')?.notBefore);
  team.wait(30);
  expect(pairs(seen(team, [bob]))).toEqual(['bob a']);
});

test('somebody else’s claim is waited for as long as it holds, a person’s is not', () => {
  const team = new Team();
  team.as('ann').create({ id: 'a' }, { id: 'b' });
  team.as('bob').claim('a');
  expect(seen(team, [eve], { contracts: new Set(['b']) })).toMatchObject({ elsewhere: true });
  team.wait(1800);
  expect(pairs(seen(team, [eve]))).toEqual(['eve a', 'eve b']);
  team.as('ann', 'first', true).claim('b');
  expect(seen(team, [eve], { contracts: new Set(['a']) })).toMatchObject({ elsewhere: false });
});
