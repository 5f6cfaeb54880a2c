import { describe, expect, test } from 'vitest';
import type { Agreement } from '../../../src/model/contract/create.ts';
import { expects, needs, needsArtifact, refusal, Team } from '../../helpers/given.ts';

const creating = (...agreements: readonly Agreement[]): ReturnType<typeof refusal> => {
  const team = new Team();
  const error = refusal(() => team.as('ann').create(...agreements));
  expect(team.history).toEqual([]);
  return error;
};

describe('contracts are made', () => {
  test('with what was not said filled in', () => {
    const team = new Team();
    const done = team.as('ann').create({ id: 'a' });
    expect(done.lines).toEqual(['agent-registered ann', 'contract-created a', 'contract-ready a']);
    expect(team.contract('a')).toEqual({
      id: 'a',
      assigner: 'ann',
      created: '2026-11-22T14:34:00Z',
      maxAttempts: 3,
      leaseSeconds: 1800,
      status: 'ready',
      attempt: 1,
      round: 1,
    });
  });

  test('in the name of another assigner', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', assigner: 'lena' });
    expect(team.contract('a').assigner).toBe('lena');
    expect(refusal(() => team.as('ann').cancel('a')).code).toBe('NOT_ALLOWED');
  });

  test('all at once, whatever the order in which they name each other', () => {
    const team = new Team();
    const done = team
      .as('ann')
      .create({ id: 'c', ...needs('b') }, { id: 'b', ...needs('a') }, { id: 'a' });
    expect(done.lines.slice(-1)).toEqual(['contract-ready a']);
    expect(team.says('a', 'b', 'c')).toBe('a ready, b pending, c pending');
  });

  test('all or none', () => {
    expect(creating({ id: 'a' }, { id: 'b', ...needs('nobody') }).code).toBe('NOT_FOUND');
    expect(creating({ id: 'a' }, { id: 'a' }).message).toMatch(/^a stands twice/);
    expect(creating({ id: 'a' }, { id: 'B' }).code).toBe('INVALID');
  });

  test('under an id that is free', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a' });
    expect(refusal(() => team.as('bob').create({ id: 'a' })).code).toBe('CONFLICT');
  });

  test('anew under the id of a cancelled one', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', title: 'Old' });
    team.as('bob').claim('a');
    team.as('ann').cancel('a');
    team.wait(5);
    team.as('carol').create({ id: 'a' });
    expect(team.contract('a')).toMatchObject({
      assigner: 'carol',
      status: 'ready',
      round: 1,
      attempt: 1,
    });
    expect(team.contract('a')).not.toHaveProperty('title');
    expect(refusal(() => team.as('bob').complete('a')).code).toBe('CLAIM_LOST');
  });
});

describe('a contract is refused', () => {
  const cases: Readonly<Record<string, [Agreement, string, RegExp]>> = {
    'with an unknown contract': [{ id: 'a', ...needs('b') }, 'NOT_FOUND', /depends on "b"/],
    'that depends on itself': [{ id: 'a', ...needs('a') }, 'INVALID', /itself/],
    'with an unknown type': [{ id: 'a', ...expects('documnet') }, 'INVALID', /known types/],
    'that waits for an unknown type': [
      { id: 'a', ...needsArtifact({ artifactType: 'x' }) },
      'INVALID',
      /known types/,
    ],
    'that waits for nothing in particular': [
      { id: 'a', ...needsArtifact({}) },
      'INVALID',
      /neither/,
    ],
    '[x@9 must exist when the contract is created] with a version that is not there': [
      { id: 'a', inputs: { artifacts: ['x@9'] } },
      'NOT_FOUND',
      /"x@9"/,
    ],
    'with two outputs of a type that are not told apart': [
      {
        id: 'a',
        expectedOutputs: [
          { artifactType: 'document', required: true },
          { artifactType: 'document', artifactId: 'x', required: true },
        ],
      },
      'INVALID',
      /document twice/,
    ],
    'with two outputs of one id': [
      {
        id: 'a',
        expectedOutputs: [1, 2].map(() => ({
          artifactType: 'document',
          artifactId: 'x',
          required: true,
        })),
      },
      'INVALID',
      /twice/,
    ],
    'with a condition that is none': [
      { id: 'a', accept: 'wrong' },
      'INVALID',
      /a: accept must be a condition/,
    ],
    'with an output’s condition that is none': [
      { id: 'a', ...expects('document', { accept: 'wrong' }) },
      'INVALID',
      /expectedOutputs.accept/,
    ],
    'with a dependency’s condition that is none': [
      { id: 'a', ...needsArtifact({ artifactId: 'x', where: 'wrong' }) },
      'INVALID',
      /dependencies.where/,
    ],
    'with a title that is too long': [{ id: 'a', title: 'x'.repeat(201) }, 'INVALID', /title/],
    'for a name that is none': [{ id: 'a', assignee: 'Bob Lee' }, 'INVALID', /assignee/],
  };
  for (const [name, [agreement, code, message]] of Object.entries(cases))
    test(name, () => {
      const error = creating(agreement);
      expect(error.code).toBe(code);
      expect(error.message).toMatch(message);
    });

  test('that expects another type than the artifact has', () => {
    const team = new Team();
    team.as('ann').publish('x');
    expect(
      refusal(() =>
        team.as('ann').create({ id: 'a', ...expects('test-results', { artifactId: 'x' }) }),
      ).message,
    ).toMatch(/of type document, which x has/);
  });
});

describe('contracts that would wait for each other', () => {
  test('through contracts are refused', () => {
    const error = creating(
      { id: 'a', ...needs('c') },
      { id: 'b', ...needs('a') },
      { id: 'c', ...needs('b') },
    );
    expect(error.message).toMatch(/for ever: a -> c -> b -> a;/);
  });

  test('through an artifact are refused', () => {
    const error = creating(
      { id: 'a', ...expects('document', { artifactId: 'x' }), ...needs('b') },
      { id: 'b', ...needsArtifact({ artifactId: 'x' }) },
    );
    expect(error.message).toMatch(/a -> b -> a|b -> a -> b/);
  });

  test('through an input that is still to come are refused', () => {
    const error = creating(
      { id: 'a', ...expects('document', { artifactId: 'x' }), ...needs('b') },
      { id: 'b', inputs: { artifacts: ['x'] } },
    );
    expect(error.message).toMatch(/for ever/);
  });

  test('through what was there before are refused', () => {
    const team = new Team();
    team.as('ann').create({ id: 'b', ...needsArtifact({ artifactId: 'x' }) });
    const error = refusal(() =>
      team
        .as('ann')
        .create({ id: 'a', ...needs('b'), ...expects('document', { artifactId: 'x' }) }),
    );
    expect(error.message).toMatch(/for ever/);
  });

  test('by an amendment are refused', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a' }, { id: 'b', ...needs('a') });
    expect(refusal(() => team.as('ann').amend('a', needs('b'))).message).toMatch(/a -> b -> a/);
    expect(team.contract('a')).not.toHaveProperty('dependencies');
  });

  test('are not those that share what they wait for', () => {
    const team = new Team();
    team
      .as('ann')
      .create(
        { id: 'a' },
        { id: 'b', ...needs('a') },
        { id: 'c', ...needs('a') },
        { id: 'd', ...needs('b', 'c', 'a') },
      );
    expect(team.status('d')).toBe('pending');
  });

  test('are not those that revise an artifact that is there', () => {
    const team = new Team();
    team.as('ann').publish('plan');
    team.as('ann').create({
      id: 'revise',
      inputs: { artifacts: ['plan'] },
      ...expects('document', { artifactId: 'plan' }),
    });
    expect(team.status('revise')).toBe('ready');
  });

  test('are looked for in long chains, too', () => {
    const chain = Array.from({ length: 3000 }, (_, n) => ({
      id: `c${n}`,
      ...(n > 0 && needs(`c${n - 1}`)),
    }));
    const team = new Team();
    team.as('ann').create(...chain);
    expect(team.status('c2999')).toBe('pending');
  });
});

describe('an amendment', () => {
  const made = (): Team => {
    const team = new Team();
    team.as('ann').create({ id: 'a' }, { id: 'b', assignee: 'bob', ...needs('a') });
    return team;
  };

  test('that takes away what is waited for makes it ready, and back', () => {
    const team = made();
    expect(team.as('ann').amend('b', { dependencies: [] }).lines).toEqual([
      'contract-amended b',
      'contract-ready b',
    ]);
    expect(team.as('ann').amend('b', needs('a')).lines).toEqual([
      'contract-amended b',
      'contract-blocked b',
    ]);
  });

  test('of the task is refused while somebody works on it; of the rest it tells the holder', () => {
    const team = made();
    team.as('bob').claim('a');
    for (const set of [
      { inputs: {} },
      { dependencies: [] },
      { expectedOutputs: [] },
      { accept: 'failed == 0' },
    ])
      expect(refusal(() => team.as('ann').amend('a', set)).code).toBe('NOT_ALLOWED');
    expect(team.as('ann').amend('a', { priority: 7, title: 'T' }).told).toEqual([
      'bob contract-amended a',
    ]);
    expect(team.contract('a')).toMatchObject({ priority: 7, title: 'T', claim: { agent: 'bob' } });
  });

  test('of nothing, of an unknown field, or of how far it is, is refused', () => {
    const team = made();
    expect(refusal(() => team.as('ann').amend('a', {})).code).toBe('INVALID');
    for (const set of [{ status: 'completed' }, { prioritty: 1 }, { assigner: 'bob' }])
      expect(refusal(() => team.as('ann').amend('a', set as never)).code).toBe('INVALID');
  });

  test('leaves a contract that can be created', () => {
    const team = made();
    expect(refusal(() => team.as('ann').amend('a', needs('nobody'))).code).toBe('NOT_FOUND');
    expect(refusal(() => team.as('ann').amend('a', { accept: 'wrong' })).code).toBe('INVALID');
    expect(refusal(() => team.as('ann').amend('a', { assignee: 'Bob Lee' })).code).toBe('INVALID');
    expect(refusal(() => team.as('ann').amend('a', expects('nothing'))).code).toBe('INVALID');
  });

  test('of a completed contract cannot ask for more than it has', () => {
    const team = made();
    team.as('bob').complete('a');
    expect(refusal(() => team.as('ann').amend('a', expects('document'))).code).toBe('NOT_ALLOWED');
  });

  test('that gives ready work to another tells it', () => {
    const team = made();
    expect(team.as('ann').amend('a', { assignee: 'carol' }).told).toEqual([
      'carol contract-amended a',
    ]);
  });
});

describe('a cancellation', () => {
  const chain = (): Team => {
    const team = new Team();
    team.as('ann').create({ id: 'a' }, { id: 'b', ...needs('a') }, { id: 'c', ...needs('b') });
    return team;
  };

  test('is refused while open contracts depend on it, with their names', () => {
    const error = refusal(() => chain().as('ann').cancel('a'));
    expect(error.code).toBe('NOT_ALLOWED');
    expect(error.message).toMatch(/^a is waited for by b;/);
    expect(error.hint).toMatch(/"cancel" cancels them too, "release" lets them go on/);
  });

  test('can take them along', () => {
    const team = chain();
    expect(team.as('ann').cancel('a', 'cancel').lines).toEqual(
      ['a', 'b', 'c'].map((id) => `contract-cancelled ${id}`),
    );
  });

  test('can let them go on without it', () => {
    const team = chain();
    expect(team.as('ann').cancel('a', 'release').lines).toEqual([
      'contract-cancelled a',
      'contract-amended b',
      'contract-ready b',
    ]);
    expect(team.contract('b')).not.toHaveProperty('dependencies');
  });

  test('is not kept from by what is over', () => {
    const team = chain();
    team.as('ann').cancel('c');
    team.as('ann').cancel('b');
    team.as('ann').cancel('a');
    expect(team.says('a', 'b', 'c')).toBe('a cancelled, b cancelled, c cancelled');
  });

  test('of a failed contract is possible', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', maxAttempts: 1 });
    team.as('bob').claim('a');
    team.as('bob').fail('a');
    team.as('ann').cancel('a');
    expect(team.status('a')).toBe('cancelled');
  });

  test('of work in hand voids the claim, and its holder is told', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a' });
    team.as('bob').claim('a');
    expect(team.as('ann').cancel('a').told).toEqual(['bob contract-cancelled a']);
    expect(team.contract('a').claim).toBeUndefined();
  });
});
