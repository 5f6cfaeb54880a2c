import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Artifact, Code, Edge } from '../../src/model/entity.ts';
import { eventLine } from '../../src/model/event.ts';
import type { Event } from '../../src/model/event.ts';
import { isId, isSlug } from '../../src/model/names.ts';
import { encodeMessage, parseMessage, subjectOf } from '../../src/store/message.ts';
import type { MessageParts } from '../../src/store/message.ts';
import { anyText, someId, someName } from '../helpers/arbitrary.ts';
import { time } from '../helpers/given.ts';
import { git, gitEnv, tempRepository } from '../helpers/repository.ts';

const oid = fc.stringMatching(/^[0-9a-f]{40}$/);
const name = someName.filter(isSlug);
const ref = fc
  .tuple(someId.filter(isId), fc.integer({ min: 1, max: 999_999_999 }))
  .map(([id, version]) => `${id}@${version}`);
const edge: fc.Arbitrary<Edge> = fc.record(
  { ref, how: fc.constantFrom('declared', 'input', 'read'), older: fc.constant(true) },
  { requiredKeys: ['ref', 'how'] },
);
/** What git takes as a branch. */
const branch = fc.stringMatching(/^[a-zA-Z0-9é李][a-zA-Z0-9()é/_#,;=-]{0,30}$/);
const code: fc.Arbitrary<Code> = fc.record(
  { commit: oid, branch, dirty: fc.constant(true) },
  { requiredKeys: ['commit'] },
);

const artifactOf = (
  branches: fc.Arbitrary<Code>,
  texts: fc.Arbitrary<string>,
): fc.Arbitrary<Artifact> =>
  fc.record(
    {
      id: someId.filter(isId),
      version: fc.integer({ min: 1, max: 999_999_999 }),
      type: name,
      publisher: name,
      time: fc.constant(time),
      data: fc.constant({}),
      contract: texts,
      tags: fc.array(texts, { minLength: 1, maxLength: 3 }),
      derivedFrom: fc.array(edge, { minLength: 1, maxLength: 3 }),
      code: branches,
    },
    { requiredKeys: ['id', 'version', 'type', 'publisher', 'time', 'data'] },
  );

const publication = (artifact: Artifact, content: string): Event => ({
  type: 'artifact-published',
  artifact,
  content,
  attachments: [],
});

const partsOf = (
  artifacts: fc.Arbitrary<Artifact>,
  texts: fc.Arbitrary<string>,
): fc.Arbitrary<MessageParts> =>
  fc
    .record({
      op: fc.stringMatching(/^[0-9A-Z]{26}$/),
      agent: name,
      body: fc.option(texts, { nil: undefined }),
      published: fc.uniqueArray(fc.tuple(artifacts, oid, oid), {
        maxLength: 3,
        selector: ([{ id }]) => id,
      }),
      key: fc.option(fc.record({ hash: oid, input: oid }), { nil: undefined }),
      quarantine: fc.array(oid, { maxLength: 2 }),
    })
    .map(({ agent, published, ...rest }) => {
      const events: Event[] = [
        { type: 'agent-registered', agent: { name: agent, registered: time } },
        ...published.map(([artifact, content]) => publication(artifact, content)),
      ];
      const blobs = new Map(published.map(([{ id }, , blob]) => [id, blob]));
      return { ...rest, subject: subjectOf(agent, events), events, blobs };
    });

const usual = partsOf(artifactOf(code, name), anyText);

/** Text that tries to be a trailer, to end the message, or to begin a paragraph of its own. */
const forged = fc
  .array(
    fc.oneof(
      fc.constantFrom('\n', '\n\n', '\r\n', '\r', '\u2028', '\u0085', '\v', '\f', ' ', '\t', '\0'),
      fc.constantFrom('Concord-Event: artifact-published evil@1', 'Concord-Op: EVIL', 'Concord-'),
      fc.constantFrom('---', '---\n', '#', 'a', ': ', 'Signed-off-by: Eve <e@e>', '\ud800', '\\'),
      fc.constantFrom('(cherry picked from commit 0000000)', 'concord-event: evil', 'key: value'),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => parts.join(''));
const hostile = partsOf(
  artifactOf(fc.record({ commit: oid, branch: forged, dirty: fc.constant(true) }), forged),
  forged,
);

const lines = (parts: MessageParts): string[] => parts.events.map(eventLine);

describe('a message', () => {
  test('reads like a story', () => {
    const artifact: Artifact = {
      id: 'api',
      version: 3,
      type: 'api-contract',
      publisher: 'api-dev',
      time,
      data: {},
      derivedFrom: [
        { ref: 'schema@2', how: 'declared' },
        { ref: 'notes@1', how: 'read', older: true },
      ],
      contract: 'build-api',
      tags: ['auth', 'v2'],
      code: { commit: '4f2a9c1', branch: 'feature/auth', dirty: true },
    };
    const events = [publication(artifact, 'c0ffee')];
    const message = encodeMessage({
      op: '01JDXK5W3N',
      subject: subjectOf('api-dev', events),
      body: 'Added refresh tokens.',
      events,
      blobs: new Map([['api', 'b10b']]),
      key: { hash: 'aa', input: 'bb' },
    });
    expect(message).toMatchInlineSnapshot(`
      "api-dev publishes api@3

      Added refresh tokens.

      Concord-Op: 01JDXK5W3N
      Concord-Event: artifact-published api@3
      Concord-Artifact: api@3 api-contract b10b c0ffee
      Concord-Derived-From: schema@2
      Concord-Derived-From: notes@1 (read, older)
      Concord-Contract: build-api
      Concord-Tags: auth v2
      Concord-Code: 4f2a9c1 feature/auth (dirty)
      Concord-Key: aa bb
      "
    `);
  });

  test('comes back as it was written', () => {
    fc.assert(
      fc.property(usual, (parts) => {
        const published = parts.events.filter((event) => event.type === 'artifact-published');
        expect(parseMessage(encodeMessage(parts))).toEqual({
          op: parts.op,
          events: lines(parts),
          artifacts: published.map(({ artifact, content }) => ({
            ref: `${artifact.id}@${artifact.version}`,
            type: artifact.type,
            blob: parts.blobs.get(artifact.id),
            content,
            derivedFrom: artifact.derivedFrom ?? [],
            ...(artifact.contract && { contract: artifact.contract }),
            ...(artifact.tags && { tags: artifact.tags }),
            ...(artifact.code && { code: artifact.code }),
          })),
          key: parts.key,
          quarantine: parts.quarantine,
        });
      }),
    );
  });

  test('cannot be forged by text: not the body, a branch, a tag or a contract', () => {
    fc.assert(
      fc.property(hostile, (parts) => {
        const message = parseMessage(encodeMessage(parts));
        expect(message.op).toBe(parts.op);
        expect(message.events).toEqual(lines(parts));
        expect(message.artifacts).toHaveLength(lines(parts).length - 1);
        expect(message.quarantine).toEqual(parts.quarantine);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each(['---', 'Concord-Event: x', 'concord-op: x'])('marks the body %j as quoted', (body) => {
    const parts = { op: 'OP', subject: 's', body, events: [], blobs: new Map<string, string>() };
    expect(encodeMessage(parts).split('\n')[2]).toBe(`| ${body}`);
  });

  test('leaves out a body of white space', () => {
    const parts = {
      op: 'OP',
      subject: 's',
      body: ' \n ',
      events: [],
      blobs: new Map<string, string>(),
    };
    expect(encodeMessage(parts)).toBe('s\n\nConcord-Op: OP\n');
  });

  test.each([
    '',
    'subject only',
    'Concord-Op: IN-THE-SUBJECT',
    'subject\n\nConcord-Op: OLD\nConcord-Event: x\n\nA last paragraph.',
  ])('without trailers at its end says nothing: %j', (text) => {
    const nothing = { op: undefined, events: [], artifacts: [], key: undefined, quarantine: [] };
    expect(parseMessage(text)).toEqual(nothing);
  });
});

/** Git's own reading of the trailer `key`, one list for each message. */
const readByGit = (key: string, messages: readonly string[]): string[][] => {
  const directory = tempRepository();
  const tree = git(directory, 'rev-parse', 'HEAD^{tree}');
  const commits = messages.map((input) =>
    execFileSync('git', ['commit-tree', '-F', '-', tree], {
      cwd: directory,
      env: gitEnv,
      input,
      encoding: 'utf8',
    }).trim(),
  );
  const format = `--format=%(trailers:key=${key},valueonly)%x00`;
  const read = git(directory, 'log', '--no-walk=unsorted', format, ...commits).split('\0');
  return messages.map((_, at) => (read[at] ?? '').split('\n').filter((line) => line !== ''));
};

describe('git itself', () => {
  test.each([
    ['usual', usual],
    ['hostile', hostile],
  ])('finds in %s messages just the events that happened', (_, arbitrary) => {
    const samples = fc.sample(arbitrary, { numRuns: 60, seed: 1 });
    expect(readByGit('Concord-Event', samples.map(encodeMessage))).toEqual(samples.map(lines));
  });

  test('finds one operation in each message, also by interpret-trailers', () => {
    const samples = fc.sample(hostile, { numRuns: 20, seed: 2 });
    expect(readByGit('Concord-Op', samples.map(encodeMessage))).toEqual(
      samples.map(({ op }) => [op]),
    );
    for (const parts of samples) {
      const trailers = execFileSync('git', ['interpret-trailers', '--parse'], {
        env: gitEnv,
        input: encodeMessage(parts),
        encoding: 'utf8',
      });
      const found = trailers.split('\n').filter((line) => /^concord-(op|event):/i.test(line));
      expect(found).toEqual([
        `Concord-Op: ${parts.op}`,
        ...lines(parts).map((line) => `Concord-Event: ${line}`),
      ]);
    }
  });
});

describe('the subject', () => {
  const registered = { type: 'plan', version: 2, publisher: 'ann', time, schema: {} };
  const some = (id: string): Event =>
    publication({ id, version: 1, type: 'document', publisher: 'ann', time, data: {} }, '');

  test.each([
    [[some('a')], 'ann publishes a@1'],
    [[some('a'), some('b')], 'ann publishes 2 artifacts: a@1, b@1'],
    [[{ type: 'type-registered', registered }], 'ann registers the type plan@2'],
    [[{ type: 'store-created', settings: { format: 1, created: time } }], 'ann creates the store'],
    [[{ type: 'agent-registered', agent: { name: 'ann', registered: time } }], 'ann registers'],
  ] as const)('of %o is "%s"', (events, subject) => expect(subjectOf('ann', events)).toBe(subject));

  test('of many publishes stays short', () => {
    const many = Array.from({ length: 50 }, (_, at) => some(`artifact-${at}`));
    expect(subjectOf('ann', many)).toMatch(/^ann publishes 50 artifacts: .*…$/);
    expect(subjectOf('ann', many)).toHaveLength(120);
  });
});
