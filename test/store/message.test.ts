import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Artifact, Code, Edge } from '../../src/model/entity.ts';
import { eventLine } from '../../src/model/event.ts';
import type { Event } from '../../src/model/event.ts';
import { isId, isSlug } from '../../src/model/names.ts';
import { oneLine } from '../../src/model/text.ts';
import type { ContractEvent } from '../../src/model/contract/status.ts';
import { contractEventTypes } from '../../src/model/contract/status.ts';
import type { Notice } from '../../src/model/notice.ts';
import { encodeMessage, parseMessage } from '../../src/store/message.ts';
import type { MessageParts, Stored } from '../../src/store/message.ts';
import { bodyOf, subjectOf } from '../../src/store/subject.ts';
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

const contractOf = (id: string, title?: string): ContractEvent['contract'] => ({
  id,
  ...(title !== undefined && { title }),
  assigner: 'ann',
  created: time,
  maxAttempts: 3,
  leaseSeconds: 1800,
  status: 'pending',
  attempt: 1,
  round: 1,
});

/** What happens to contracts, with what somebody says of it. */
const contractEvent = (texts: fc.Arbitrary<string>): fc.Arbitrary<Event> =>
  fc
    .tuple(
      fc.constantFrom(...contractEventTypes),
      someId.filter(isId),
      fc.option(
        texts.filter((text) => oneLine(text) !== ''),
        { nil: undefined },
      ),
      fc.option(ref, { nil: undefined }),
    )
    .map(([type, id, reason, cause]) => ({
      type,
      contract: contractOf(id),
      ...(reason !== undefined && { reason }),
      ...(cause !== undefined && { cause }),
    }));

const opId = fc.stringMatching(/^[0-9A-Z]{26}$/);

const message = (agent: string, texts: fc.Arbitrary<string>): fc.Arbitrary<Event> =>
  fc
    .record(
      {
        id: opId,
        to: fc.oneof(name, fc.constant('*')),
        text: texts,
        ask: fc.constant(true as const),
        replyTo: opId,
        thread: opId,
        length: fc.integer({ min: 1, max: 20 }),
      },
      { requiredKeys: ['id', 'to', 'text', 'thread', 'length'] },
    )
    .map((fields) => ({ type: 'message-sent', message: { ...fields, from: agent }, time }));

const notice: fc.Arbitrary<Notice> = fc.record(
  {
    to: fc.oneof(name, fc.constant('*')),
    kind: fc.constantFrom('contract-ready', 'message', 'input-outdated'),
    subject: fc.oneof(someId.filter(isId), ref),
    copy: fc.constant(true as const),
  },
  { requiredKeys: ['to', 'kind', 'subject'] },
);

const partsOf = (
  artifacts: fc.Arbitrary<Artifact>,
  texts: fc.Arbitrary<string>,
): fc.Arbitrary<MessageParts & { readonly agent: string }> =>
  name.chain((agent) =>
    fc
      .record({
        op: opId,
        notices: fc.array(fc.array(notice, { maxLength: 3 }), { minLength: 10, maxLength: 10 }),
        further: fc.array(fc.oneof(contractEvent(texts), message(agent, texts)), { maxLength: 4 }),
        body: fc.option(texts, { nil: undefined }),
        published: fc.uniqueArray(fc.tuple(artifacts, oid, oid), {
          maxLength: 3,
          selector: ([{ id }]) => id,
        }),
        key: fc.option(fc.record({ hash: oid, input: oid }), { nil: undefined }),
        quarantine: fc.array(oid, { maxLength: 2 }),
      })
      .map(({ published, further, notices, ...rest }) => {
        const events: Event[] = [
          { type: 'agent-registered', agent: { name: agent, registered: time } },
          ...published.map(([artifact, content]) => publication(artifact, content)),
          ...further,
        ];
        const blobs = new Map(published.map(([{ id }, , blob]) => [id, { blob }]));
        const entries = events.map((event, at) => ({ event, notices: notices[at] ?? [] }));
        return { ...rest, agent, subject: subjectOf(agent, events), entries, blobs };
      }),
  );

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

/** What a message has to say of an event beside its name; text on one line, as it is shown. */
const saidOf = (event: Event): object => {
  if (event.type === 'message-sent') return { message: event.message };
  if (!('contract' in event)) return {};
  const { type, reason, cause, contract } = event;
  return {
    ...(type === 'contract-restored' && { status: contract.status }),
    ...(reason !== undefined && { reason: oneLine(reason, 1000) }),
    ...(cause !== undefined && { cause }),
  };
};

const lines = (parts: MessageParts): string[] => parts.entries.map(({ event }) => eventLine(event));
const publishedIn = ({ entries }: MessageParts) =>
  entries.flatMap(({ event }) => (event.type === 'artifact-published' ? [event] : []));
const quiet = (events: readonly Event[]): MessageParts['entries'] =>
  events.map((event) => ({ event, notices: [] }));

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
      entries: quiet(events),
      blobs: new Map([['api', { blob: 'b10b' }]]),
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

  test('tells who is told of what, why, and what was said', () => {
    const told = { to: 'qa-dev', kind: 'contract-ready', subject: 'write-tests' };
    const contract = contractOf('build-api');
    const text = 'One\nTwo: "é"  ';
    const sent = { id: 'M', from: 'qa-dev', to: 'api-dev', text, thread: 'L', length: 2 };
    expect(
      encodeMessage({
        op: 'OP',
        subject: 's',
        entries: [
          {
            event: { type: 'contract-reopened', contract, reason: 'Tests\nfail', cause: 'tests@2' },
            notices: [told, { ...told, to: 'ann-lee', copy: true }],
          },
          {
            event: {
              type: 'message-sent',
              message: { ...sent, ask: true, replyTo: 'L' },
              time,
            },
            notices: [{ to: 'api-dev', kind: 'question', subject: 'M' }],
          },
        ],
        blobs: new Map(),
      }),
    ).toMatchInlineSnapshot(`
      "s

      Concord-Op: OP
      Concord-Event: contract-reopened build-api
      Concord-Reason: Tests fail
      Concord-Cause: tests@2
      Concord-Notify: qa-dev contract-ready write-tests
      Concord-Notify: ann-lee contract-ready write-tests (copy)
      Concord-Event: message-sent api-dev
      Concord-Message: M api-dev L 2 (ask)
      Concord-Reply-To: L
      Concord-Text: "One\\nTwo: \\"\\u00e9\\"\\u0020\\u0020"
      Concord-Notify: api-dev question M
      "
    `);
  });

  test('comes back as it was written', () => {
    fc.assert(
      fc.property(usual, (parts) => {
        const published = publishedIn(parts);
        expect(parseMessage(encodeMessage(parts), parts.agent)).toEqual({
          op: parts.op,
          events: lines(parts),
          happened: parts.entries.map(({ event, notices }) => ({
            type: event.type,
            subject: eventLine(event).slice(event.type.length + 1),
            notices,
            ...saidOf(event),
          })),
          artifacts: published.map(({ artifact, content }) => ({
            ref: `${artifact.id}@${artifact.version}`,
            type: artifact.type,
            blob: parts.blobs.get(artifact.id)?.blob,
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
        const message = parseMessage(encodeMessage(parts), parts.agent);
        expect(message.op).toBe(parts.op);
        expect(message.events).toEqual(lines(parts));
        expect(message.artifacts).toHaveLength(publishedIn(parts).length);
        expect(message.happened.map(({ notices }) => notices)).toEqual(
          parts.entries.map(({ notices }) => notices),
        );
        expect(message.happened.map((happened) => happened.message)).toEqual(
          parts.entries.map(({ event }) =>
            event.type === 'message-sent' ? event.message : undefined,
          ),
        );
        expect(message.quarantine).toEqual(parts.quarantine);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each(['---', 'Concord-Event: x', 'concord-op: x'])('marks the body %j as quoted', (body) => {
    const parts = { op: 'OP', subject: 's', body, entries: [], blobs: new Map<string, Stored>() };
    expect(encodeMessage(parts).split('\n')[2]).toBe(`| ${body}`);
  });

  test('leaves out a body of white space', () => {
    const parts = {
      op: 'OP',
      subject: 's',
      body: ' \n ',
      entries: [],
      blobs: new Map<string, Stored>(),
    };
    expect(encodeMessage(parts)).toBe('s\n\nConcord-Op: OP\n');
  });

  test.each([
    '',
    'subject only',
    'Concord-Op: IN-THE-SUBJECT',
    'subject\n\nConcord-Op: OLD\nConcord-Event: x\n\nA last paragraph.',
  ])('without trailers at its end says nothing: %j', (text) => {
    const nothing = {
      op: undefined,
      events: [],
      happened: [],
      artifacts: [],
      key: undefined,
      quarantine: [],
    };
    expect(parseMessage(text, 'ann')).toEqual(nothing);
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

  const happened = (type: ContractEvent['type'], more: object = {}): Event => ({
    type,
    contract: { ...contractOf('build-api', 'Build it'), ...more },
    reason: 'why',
  });
  const sent = (more: object): Event => ({
    type: 'message-sent',
    message: {
      id: 'M',
      from: 'ann',
      to: 'qa-dev',
      text: 'The text.',
      thread: 'M',
      length: 1,
      ...more,
    },
    time,
  });
  const toApi = { assignee: 'api-dev' };

  test.each<[Event[], string, string | undefined]>([
    [[happened('contract-created', toApi)], 'ann gives build-api to api-dev', 'Build it'],
    [[happened('contract-created')], 'ann offers build-api to anyone', 'Build it'],
    [
      [happened('contract-created'), happened('contract-created', { id: 'other' })],
      'ann creates 2 contracts: build-api, other',
      undefined,
    ],
    [[happened('contract-claimed')], 'ann claims build-api', 'why'],
    [
      [happened('contract-claimed'), happened('contract-completed')],
      'ann completes build-api',
      'why',
    ],
    [[happened('contract-claimed'), some('a')], 'ann publishes a@1', undefined],
    [[happened('contract-renewed')], 'ann goes on with build-api', 'why'],
    [[happened('contract-parked')], 'ann parks build-api', 'why'],
    [[happened('contract-released')], 'ann releases build-api', 'why'],
    [
      [happened('contract-attempt-failed', { attempt: 2 })],
      'ann fails attempt 1 of build-api',
      'why',
    ],
    [[happened('contract-failed')], 'ann ends build-api', 'why'],
    [[happened('contract-reopened')], 'ann reopens build-api', 'why'],
    [[happened('contract-cancelled')], 'ann cancels build-api', 'why'],
    [[happened('contract-noted')], 'ann notes on build-api', 'why'],
    [[happened('contract-amended')], 'ann changes build-api', 'why'],
    [[sent({})], 'ann writes to qa-dev', 'The text.'],
    [[sent({ ask: true })], 'ann asks qa-dev', 'The text.'],
    [[sent({ replyTo: 'L' })], 'ann answers qa-dev', 'The text.'],
    [[sent({ to: '*' })], 'ann writes to everyone', 'The text.'],
  ])('and the body of %o are "%s" and %j', (events, subject, body) => {
    expect(subjectOf('ann', events)).toBe(subject);
    expect(bodyOf(events)).toBe(body);
  });

  test('of many publishes stays short', () => {
    const many = Array.from({ length: 50 }, (_, at) => some(`artifact-${at}`));
    expect(subjectOf('ann', many)).toMatch(/^ann publishes 50 artifacts: .*…$/);
    expect(subjectOf('ann', many)).toHaveLength(120);
  });
});
