import { describe, expect, test } from 'vitest';
import { expects, needs, Team } from '../../helpers/given.ts';
import type { Done } from '../../helpers/given.ts';
import { create, lines, on, only, reopen } from './rules.ts';

/** A contract `x` that failing versions of `t` open again, through one rule or through two. */
const started = (rules: Parameters<ReturnType<Team['as']>['pipeline']>[1][], max: number): Team => {
  const team = new Team();
  const lead = team.as('lead');
  lead.create({
    id: 'x',
    assignee: 'dev',
    maxAttempts: max,
    ...expects('document', { artifactId: 'd' }),
  });
  lead.pipeline('loop', ...rules);
  return team;
};

const works = (team: Team, n: number): Done => {
  team.as('dev').claim('x');
  return team.as('dev').publish('d', { type: 'document', data: { n } });
};

const tested = (team: Team, failed: number, n: number): Done =>
  team.as('qa').publish('t', { type: 'test-results', data: { failed, n } });

const onFailing = only(
  'failed > 0',
  on({ type: 'artifact-published', artifactType: 'test-results' }, reopen('x')),
);

describe('what is remembered of a reopening', () => {
  test('outlives a failed attempt: a passing version begins the attempts anew all the same', () => {
    const team = started([onFailing], 3);
    works(team, 1);
    tested(team, 2, 1);
    team.as('dev').claim('x');
    team.as('dev').fail('x', 'No time.');
    expect(team.contract('x')).toMatchObject({ attempt: 3, healing: { cause: 't@1' } });
    team.wait(10_000);
    works(team, 2);
    expect(lines(tested(team, 0, 2))).toContain('contract-recovered x');
    expect(team.contract('x')).toMatchObject({ status: 'completed', attempt: 1 });
    expect(team.contract('x').healing).toBeUndefined();
  });

  test('is forgotten when it is reopened by hand', () => {
    const team = started([onFailing], 3);
    works(team, 1);
    tested(team, 2, 1);
    works(team, 2);
    team.as('lead').reopen('x', 'Once more.');
    expect(team.contract('x').healing).toBeUndefined();
    expect(team.contract('x').attempt).toBe(1);
  });

  test('attempts run out along a chain of rules too', () => {
    const team = started(
      [
        only(
          'failed > 0',
          on({ type: 'artifact-published', artifactType: 'test-results' }, reopen('y')),
        ),
        on({ type: 'contract-reopened', contractId: 'y' }, reopen('x')),
      ],
      2,
    );
    team
      .as('lead')
      .create({ id: 'y', assignee: 'dev', maxAttempts: 50, ...expects('schema-change') });
    const review = (n: number): Done => {
      team.as('dev').claim('y');
      return team.as('dev').publish('r', { type: 'schema-change', data: { n } });
    };
    for (const n of [1, 2, 3]) {
      if (team.contract('x').status !== 'failed') works(team, n);
      review(n);
      tested(team, 1, n);
    }
    expect(team.says('x')).toBe('x failed');
  });
});

test('who causes it hears that a pipeline has ended its contract', () => {
  const team = new Team();
  const qa = team.as('qa');
  qa.create({
    id: 'x',
    assignee: 'dev',
    maxAttempts: 1,
    ...expects('document', { artifactId: 'd' }),
  });
  qa.pipeline('loop', onFailing);
  works(team, 1);
  expect(tested(team, 1, 1).told).toContain('qa contract-failed x');
});

test('a dependent works from what there is now, not from what was overtaken outside of the contract', () => {
  const team = new Team();
  team
    .as('lead')
    .create(
      { id: 'x', assignee: 'dev', ...expects('document', { artifactId: 'd' }) },
      { id: 'y', assignee: 'qa', ...needs('x'), ...expects('schema-change') },
    );
  works(team, 1);
  team.as('dev').publish('d', { type: 'document', data: { n: 2 } });
  team.as('qa').claim('y');
  expect(team.contract('y').claim?.inputs).toEqual([{ ref: 'd@2' }]);
});

test('a value never becomes a condition', () => {
  const team = new Team();
  const contract = {
    contractId: 'z',
    expectedOutputs: [{ artifactType: 'schema-change', accept: '${data.x}' }],
  };
  expect(() => team.as('lead').pipeline('p', on('artifact-published', create(contract)))).toThrow(
    /conditions that hold no \$\{path\}/,
  );
});
