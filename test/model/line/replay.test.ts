import { describe, expect, test } from 'vitest';
import type { Overrides } from '../../../src/model/line/overrides.ts';
import { expects, needs, needsArtifact, refusal, Team } from '../../helpers/given.ts';
import type { Mark } from '../../helpers/given.ts';

const output = (id: string) => expects('document', { artifactId: id });

/** a -> b -> c by contract, all completed; apart is on its own, and completed, too. */
const chain = (): { team: Team; mark: Mark } => {
  const team = new Team();
  team
    .as('ann')
    .create(
      { id: 'a', ...output('a') },
      { id: 'b', ...output('b'), ...needs('a') },
      { id: 'c', ...output('c'), ...needs('b') },
      { id: 'apart', ...output('apart') },
    );
  for (const id of ['a', 'b', 'c', 'apart']) {
    team.as('dev').claim(id);
    team.as('dev').publish(id, { contract: id });
  }
  return { team, mark: team.mark() };
};

const resetBy = (team: Team, mark: Mark, overrides: Overrides = {}): readonly string[] =>
  team.replay(mark, overrides).plan.reset.map(({ id, why }) => `${id}: ${why}`);

describe('a replay does again', () => {
  test('nothing of a finished run where nothing is changed: all is taken over', () => {
    const { team, mark } = chain();
    const { plan, done, line } = team.replay(mark);
    expect(plan).toMatchObject({ reset: [], changed: [] });
    expect(plan.reused.toSorted()).toEqual(['a@1', 'apart@1', 'b@1', 'c@1']);
    expect(done.lines).toEqual(['replay-started replay/a']);
    expect(line.says('a', 'b', 'c')).toBe('a completed, b completed, c completed');
  });

  test.each([
    ['title', 'Other'],
    ['description', 'Other'],
    ['assignee', 'qa'],
    ['inputs', { context: 'Other' }],
    ['inputs', { params: { n: 1 } }],
    ['inputs', { artifacts: ['apart@1'] }],
    ['expectedOutputs', [{ artifactType: 'document', artifactId: 'a2', required: true }]],
    ['dependencies', [{ type: 'contract', contractId: 'apart' }]],
    ['accept', 'never'],
  ])('the contract whose %s is another one (%j), and what depends on it', (field, value) => {
    const { team, mark } = chain();
    const { plan, line } = team.replay(mark, { a: { [field]: value } });
    expect(plan.reset.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(plan.reused).toEqual(['apart@1']);
    expect(line.says('b', 'c', 'apart')).toBe('b pending, c pending, apart completed');
    expect(line.contract('a')).toMatchObject({ attempt: 1, round: 2 });
    expect(line.status('a')).toBe('ready');
    expect(['a', 'b', 'c', 'apart'].map((id) => line.view.latest(id)?.version)).toEqual([
      undefined,
      undefined,
      undefined,
      1,
    ]);
  });

  test.each([
    ['priority', 5],
    ['leaseSeconds', 60],
    ['maxAttempts', 9],
  ])('nothing where only %s is another one', (field, value) => {
    const { team, mark } = chain();
    const { plan, done, line } = team.replay(mark, { a: { [field]: value } });
    expect(plan.reset).toEqual([]);
    expect(plan.changed).toEqual([{ id: 'a', paths: [field] }]);
    expect(done.lines).toEqual(['replay-started replay/a', 'contract-amended a']);
    expect(line.contract('a')).toMatchObject({ status: 'completed', [field]: value });
  });

  test('nothing where the field is what it was', () => {
    const { team, mark } = chain();
    const same = { a: { expectedOutputs: [{ artifactType: 'document', artifactId: 'a' }] } };
    expect(team.replay(mark, same).plan).toMatchObject({ reset: [], changed: [] });
  });

  test('what comes after the one at the end of a chain only: all before it is taken over', () => {
    const { team, mark } = chain();
    const { plan, line } = team.replay(mark, { c: { title: 'Other' } });
    expect(plan.reset).toEqual([{ id: 'c', why: 'title changed' }]);
    expect(plan.reused.toSorted()).toEqual(['a@1', 'apart@1', 'b@1']);
    expect(line.status('c')).toBe('ready');
  });

  test('says why, upstream before downstream', () => {
    const { team, mark } = chain();
    expect(resetBy(team, mark, { a: { title: 'Other' } })).toEqual([
      'a: title changed',
      'b: it depends on a',
      'c: it depends on b',
    ]);
  });

  test('what had failed, and what waits for it as it is', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', maxAttempts: 1 }, { id: 'b', ...needs('a') });
    team.as('dev').claim('a');
    team.as('dev').fail('a');
    const mark = team.mark();
    expect(team.says('a', 'b')).toBe('a failed, b pending');
    expect(resetBy(team, mark)).toEqual(['a: it had failed']);
    expect(team.replay(mark).line.contract('a')).toMatchObject({ status: 'ready', attempt: 1 });
  });

  test('what needs an artifact that a contract makes again', () => {
    const team = new Team();
    team
      .as('ann')
      .create(
        { id: 'a', ...output('schema') },
        { id: 'b', ...output('b'), ...needsArtifact({ artifactId: 'schema' }) },
      );
    for (const id of ['a', 'b']) {
      team.as('dev').claim(id);
      team.as('dev').publish(id === 'a' ? 'schema' : 'b', { contract: id });
    }
    const mark = team.mark();
    expect(resetBy(team, mark, { a: { title: 'Other' } }).map((one) => one[0])).toEqual(['a', 'b']);
    expect(team.replay(mark, { a: { title: 'Other' } }).line.says('a', 'b')).toBe(
      'a ready, b pending',
    );
  });

  test('what somebody works on with a version pinned that is made again', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', ...output('a') });
    team.as('dev').claim('a');
    team.as('dev').publish('a');
    team.as('ann').create({ id: 'b', ...output('b'), inputs: { artifacts: ['a'] } });
    team.as('qa').claim('b');
    const mark = team.mark();
    expect(team.contract('b').claim?.inputs).toMatchObject([{ ref: 'a@1' }]);
    const { plan, line, done } = team.replay(mark, { a: { title: 'Other' } });
    expect(plan.reset.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(line.contract('b').claim).toBeUndefined();
    expect(done.told).toContain('qa contract-replayed b');
  });

  test('what was made from a version that is made again, but not what only looked at it', () => {
    const team = new Team();
    team
      .as('ann')
      .create(
        { id: 'a', ...output('a') },
        { id: 'b', ...output('b') },
        { id: 'c', ...output('c') },
      );
    team.as('dev').claim('a');
    team.as('dev').publish('a');
    team.as('dev').claim('b');
    team.as('dev').publish('b', { derivedFrom: ['a@1'] });
    team.as('dev').claim('c');
    team.as('dev').publish('c', { reads: ['a@1'] });
    const mark = team.mark();
    expect(resetBy(team, mark, { a: { title: 'Other' } })).toEqual([
      'a: title changed',
      'b: it was made from a@1',
    ]);
  });

  test('never what was cancelled', () => {
    const { team } = chain();
    team.as('ann').create({ id: 'late', ...needs('a'), ...output('late') });
    team.as('ann').cancel('late');
    const mark = team.mark();
    expect(resetBy(team, mark, { a: { title: 'Other' } }).map((one) => one[0])).not.toContain('l');
    expect(refusal(() => team.replay(mark, { late: { title: 'x' } })).message).toMatch(
      /late.* is cancelled at that point/,
    );
  });
});

describe('on a replay', () => {
  test('a claim of then is void: the contract is ready with attempt, round and outputs, and its holder is told', () => {
    const team = new Team();
    team.as('ann').create({
      id: 'a',
      expectedOutputs: [
        { artifactType: 'document', artifactId: 'one', required: true },
        { artifactType: 'document', artifactId: 'two', required: true },
      ],
    });
    team.as('dev').claim('a');
    team.as('dev').publish('one');
    const { attempt, round, outputs } = team.contract('a');
    const { line, plan, done } = team.replay(team.mark());
    expect(plan.reset).toEqual([]);
    expect(line.contract('a')).toMatchObject({ status: 'ready', attempt, round, outputs });
    expect(line.contract('a').claim).toBeUndefined();
    expect(done.told).toContain('dev contract-released a');
    line.as('qa').claim('a');
    line.as('qa').publish('two');
    expect(line.status('a')).toBe('completed');
    expect(team.status('a')).toBe('in_progress');
  });

  test('an artifact falls back to the newest version that no reset contract has made', () => {
    const team = new Team();
    team.as('ann').publish('doc', { data: { n: 1 } });
    team.as('ann').create({ id: 'a', ...output('doc') });
    team.as('dev').claim('a');
    team.as('dev').publish('doc', { data: { n: 2 } });
    team.as('ann').reopen('a');
    team.as('dev').claim('a');
    team.as('dev').publish('doc', { data: { n: 3 } });
    const mark = team.mark();
    expect(mark.view.latest('doc')?.version).toBe(3);
    const { line, done } = team.replay(mark, { a: { title: 'Other' } });
    expect(done.lines).toContain('artifact-restored doc@1');
    expect(line.view.latest('doc')?.version).toBe(1);
    line.as('dev').claim('a');
    expect(line.as('dev').publish('doc', { data: { n: 4 } }).lines).toContain(
      'artifact-published doc@4',
    );
  });

  test('a version that somebody published beside the contract stays', () => {
    const { team } = chain();
    team.as('ann').publish('a', { data: { by: 'hand' } });
    const { line, done } = team.replay(team.mark(), { a: { title: 'Other' } });
    expect(line.view.latest('a')?.version).toBe(2);
    expect(done.lines).not.toContain('artifact-withdrawn a');
  });
});

test.each([
  [{ none: { title: 'x' } }, 'NOT_FOUND', /no contract "none"/],
  [{ a: { titles: 'x' } }, 'INVALID', /did you mean title/],
  [{ a: { status: 'failed' } }, 'INVALID', /a\.status/],
  [{ a: { claim: {} } }, 'INVALID', /a\.claim/],
  [{ a: 'x' }, 'INVALID', /an object of fields/],
  [{ a: null }, 'INVALID', /an object of fields/],
  [{ a: { dependencies: [{ type: 'contract', contractId: 'c' }] } }, 'INVALID', /cycle|each other/],
  [{ a: { dependencies: [{ type: 'contract', contractId: 'x' }] } }, 'NOT_FOUND', /"?x"?/],
  [{ a: { accept: 'wrong' } }, 'INVALID', /accept/],
  [
    { a: { expectedOutputs: [{ artifactType: 'nonsense', required: true }] } },
    'INVALID',
    /nonsense/,
  ],
  [{ a: { inputs: { artifacts: ['a@9'] } } }, 'NOT_FOUND', /a@9/],
] as const)('overrides %j are refused', (overrides, code, text) => {
  const { team, mark } = chain();
  const error = refusal(() => team.replay(mark, overrides as unknown as Overrides));
  expect(error.message).toMatch(text);
  expect(error.code).toBe(code);
});
