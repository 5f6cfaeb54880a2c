import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Artifact, Entities, Kind } from '../../src/model/entity.ts';
import { dataLimits } from '../../src/model/json.ts';
import type { Json } from '../../src/model/json.ts';
import { decode, encode } from '../../src/store/codec.ts';
import { toYaml, yamlBytes } from '../../src/store/yaml.ts';
import { anyJson, anyText } from '../helpers/arbitrary.ts';
import { refusal, time } from '../helpers/given.ts';

const bare = { id: 'x', version: 1, type: 'document', publisher: 'ann', time };
const artifact = (data: Json): Artifact => ({ ...bare, data });

const full: Artifact = {
  ...artifact({ title: 'x' }),
  typeVersion: 2,
  contract: 'build/x',
  summary: 'What changed.',
  tags: ['a', 'b'],
  derivedFrom: [
    { ref: 'y@1', how: 'declared' },
    { ref: 'z/a@2', how: 'read', older: true },
  ],
  code: { commit: 'a'.repeat(40), branch: 'trunk', dirty: true },
  files: [{ name: 'a.png', size: 3 }],
};

const entities: { [K in Kind]: Entities[K] } = {
  concord: { format: 1, created: time, lead: 'ann' },
  agent: {
    name: 'ann',
    registered: time,
    role: 'dev',
    description: 'x',
    command: ['claude', '-p'],
  },
  type: {
    type: 'plan',
    version: 1,
    publisher: 'ann',
    time,
    description: 'x',
    schema: { type: 'object' },
  },
  artifact: full,
  contract: {
    id: 'auth/build',
    title: 'Build it',
    description: 'Two\nlines',
    assigner: 'ann',
    assignee: 'api-dev',
    created: time,
    priority: 2,
    inputs: { context: 'x', params: { a: [1] }, artifacts: ['y', 'y@1'] },
    expectedOutputs: [
      { artifactType: 'plan', artifactId: 'z', required: false, accept: 'data.x == "y"' },
    ],
    dependencies: [
      { type: 'contract', contractId: 'auth/schema' },
      { type: 'artifact', artifactId: 'y', minVersion: 2, where: 'data.x > 1' },
      { type: 'artifact', artifactType: 'plan' },
    ],
    accept: 'outputs["z"].data.x == 1',
    maxAttempts: 3,
    leaseSeconds: 1800,
    budget: { usd: 1.5, tokens: 10, seconds: 60 },
    status: 'in_progress',
    attempt: 2,
    round: 3,
    notBefore: time,
    claim: {
      agent: 'api-dev',
      session: '18ac0f00',
      token: '01JDXK5W3N0000000000000000',
      since: time,
      renewed: time,
      expires: time,
      inputs: [{ ref: 'y@1', older: true }, { ref: 'z@2' }],
    },
    outputs: [{ ref: 'z@1', type: 'plan', round: 2, refused: 'not accepted: data.x' }],
    reason: { by: 'qa-dev', time, text: 'Tests fail\n\nConcord-Op: x', cause: 'tests@1' },
    notes: [{ by: 'ann', time, text: 'Mind this.' }],
  },
  pipeline: {
    id: 'auth/heal',
    description: 'x',
    owner: 'ann',
    created: time,
    language: 'cel',
    rules: [
      {
        trigger: { type: 'artifact-published', artifactType: 'test-results' },
        condition: 'data.failed > 0',
        actions: [{ type: 'reopen_contract', contractId: 'a', reason: '${data.failed} failures' }],
      },
    ],
    paused: { by: 'ann', time, text: 'For now.' },
  },
  budget: {
    total: { usd: 10, tokens: 500_000 },
    contracts: [
      { contractId: 'auth/build', usd: 4.25 },
      { contractId: 'constructor', seconds: 3600 },
      { contractId: '12', tokens: 0 },
    ],
    monitoring: { usd: 1 },
    reserve: { usd: 0.000001 },
  },
};

const kinds = Object.keys(entities) as Kind[];

describe('an entity', () => {
  test.each(kinds)('of kind %s comes back from its file', (kind) => {
    expect(decode(kind, encode(kind, entities[kind]), 'file')).toEqual(entities[kind]);
  });

  test('is written so that a person can read it', () => {
    expect(encode('artifact', full).toString()).toMatchInlineSnapshot(`
      "id: x
      version: 1
      type: document
      publisher: ann
      time: 2026-11-22T14:34:00Z
      data:
        title: x
      typeVersion: 2
      contract: build/x
      summary: What changed.
      tags:
        - a
        - b
      derivedFrom:
        - ref: y@1
          how: declared
        - ref: z/a@2
          how: read
          older: true
      code:
        commit: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        branch: trunk
        dirty: true
      files:
        - name: a.png
          size: 3
      "
    `);
  });

  test('of a contract reads like an agreement, and below it how far it is', () => {
    expect(encode('contract', entities.contract).toString()).toMatchInlineSnapshot(`
      "id: auth/build
      title: Build it
      description: |-
        Two
        lines
      assigner: ann
      assignee: api-dev
      created: 2026-11-22T14:34:00Z
      priority: 2
      inputs:
        context: x
        params:
          a:
            - 1
        artifacts:
          - y
          - y@1
      expectedOutputs:
        - artifactType: plan
          artifactId: z
          required: false
          accept: data.x == "y"
      dependencies:
        - type: contract
          contractId: auth/schema
        - type: artifact
          artifactId: y
          minVersion: 2
          where: data.x > 1
        - type: artifact
          artifactType: plan
      accept: outputs["z"].data.x == 1
      maxAttempts: 3
      leaseSeconds: 1800
      budget:
        usd: 1.5
        tokens: 10
        seconds: 60
      status: in_progress
      attempt: 2
      round: 3
      notBefore: 2026-11-22T14:34:00Z
      claim:
        agent: api-dev
        session: 18ac0f00
        token: 01JDXK5W3N0000000000000000
        since: 2026-11-22T14:34:00Z
        renewed: 2026-11-22T14:34:00Z
        expires: 2026-11-22T14:34:00Z
        inputs:
          - ref: y@1
            older: true
          - ref: z@2
      outputs:
        - ref: z@1
          type: plan
          round: 2
          refused: "not accepted: data.x"
      reason:
        by: qa-dev
        time: 2026-11-22T14:34:00Z
        text: |-
          Tests fail

          Concord-Op: x
        cause: tests@1
      notes:
        - by: ann
          time: 2026-11-22T14:34:00Z
          text: Mind this.
      "
    `);
  });

  test('comes back with any text that a contract may hold', () => {
    const { contract } = entities;
    fc.assert(
      fc.property(anyText, (text) => {
        const one = {
          ...contract,
          title: text.slice(0, 200),
          inputs: { context: text, params: { text } },
          reason: { by: 'ann', time, text },
        };
        expect(decode('contract', encode('contract', one), 'file')).toEqual(one);
      }),
    );
  });

  test('comes back with any data', () => {
    fc.assert(
      fc.property(anyJson, (json) => {
        const one = artifact({ json });
        expect(decode('artifact', encode('artifact', one), 'file')).toEqual(one);
      }),
      { numRuns: 300 },
    );
  });

  test('comes back with data as deep and as large as data may be', () => {
    let deep: Json = { end: true };
    for (let level = 1; level < dataLimits.depth; level += 1) deep = { a: deep };
    const many = { list: Array.from({ length: dataLimits.keys - 1 }, () => 0) };
    for (const one of [artifact(deep), artifact(many)])
      expect(decode('artifact', encode('artifact', one), 'file')).toEqual(one);
  });

  test('comes back with thousands of sources', () => {
    const sources = Array.from({ length: 5_000 }, (_, at) => `y@${at + 1}`);
    const derivedFrom = sources.map((ref) => ({ ref, how: 'declared' }) as const);
    const one = { ...artifact({}), derivedFrom };
    expect(decode('artifact', encode('artifact', one), 'file')).toEqual(one);
  });

  test('too large for a file is refused before it is written', () => {
    const error = refusal(() => encode('artifact', artifact({ text: 'x'.repeat(yamlBytes) })));
    expect(error.code).toBe('INVALID');
    expect(error.message).toMatch(/data must be at most 256 KiB when written as YAML; got 257 KiB/);
    expect(error.hint).toMatch(/Attach/);
  });

  test('is refused just where reading would refuse it', () => {
    const overhead = encode('artifact', artifact({ text: 'x' })).length - 1;
    const largest = artifact({ text: 'x'.repeat(yamlBytes - overhead) });
    expect(decode('artifact', encode('artifact', largest), 'file')).toEqual(largest);
    const larger = artifact({ text: 'x'.repeat(yamlBytes - overhead + 1) });
    expect(refusal(() => encode('artifact', larger)).code).toBe('INVALID');
  });
});

describe('a file', () => {
  const decodeText = (kind: Kind, text: string): unknown =>
    decode(kind, Buffer.from(text), 'the/path');

  test.each<[string, Kind, object, RegExp]>([
    ['without a field', 'agent', { name: 'ann' }, /registered/],
    ['with a field that is unknown', 'agent', { ...entities.agent, evil: 1 }, /additional/],
    ['with a name that is none', 'agent', { ...entities.agent, name: '../x' }, /\/name/],
    ['with a version of 0', 'artifact', { ...full, version: 0 }, /\/version/],
    ['with data that is no object', 'artifact', { ...bare, data: [1] }, /\/data/],
    [
      'with a source that names no version',
      'artifact',
      { ...full, derivedFrom: [{ ref: 'y', how: 'read' }] },
      /\/derivedFrom\/0\/ref/,
    ],
    [
      'with a commit that is none',
      'artifact',
      { ...full, code: { commit: 'HEAD' } },
      /\/code\/commit/,
    ],
    ['with a status that is none', 'contract', { ...entities.contract, status: 'x' }, /\/status/],
    ['with attempt 0', 'contract', { ...entities.contract, attempt: 0 }, /\/attempt/],
    [
      'with a claim that has no token',
      'contract',
      { ...entities.contract, claim: { ...entities.contract.claim, token: 'x' } },
      /\/claim\/token/,
    ],
    ['of another kind', 'artifact', entities.agent, /id/],
    ['with format 0', 'concord', { format: 0, created: time }, /\/format/],
  ])('%s is refused with its path', (_, kind, value, why) => {
    const error = refusal(() => decodeText(kind, toYaml(value)));
    expect(error.code).toBe('STORAGE');
    expect(error.message).toContain(`the/path is not a valid ${kind} file`);
    expect(error.message).toMatch(why);
  });

  test.each(['', '- 1', 'just text', 'null'])('that holds %j is refused', (text) => {
    for (const kind of kinds) expect(refusal(() => decodeText(kind, text)).code).toBe('STORAGE');
  });

  test('that is no YAML is refused with its path', () => {
    expect(refusal(() => decodeText('agent', 'a: [')).message).toMatch(/^the\/path cannot be read/);
  });

  test('of a newer store is refused before its fields are looked at', () => {
    const error = refusal(() => decodeText('concord', 'format: 2\nsomething: new\n'));
    expect(error.code).toBe('FORMAT_NEWER');
    expect(error.message).toMatch(/format 2; this Concord reads formats up to 1/);
  });

  test('of the store may have settings that are not known yet', () => {
    const settings = { format: 1, created: time, colour: 'blue' };
    expect(decodeText('concord', toYaml(settings))).toEqual(settings);
  });
});
