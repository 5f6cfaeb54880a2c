import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { publish } from '../../model/artifact.ts';
import { checkAttachments } from '../../model/attachment.ts';
import { ConcordError, invalid } from '../../model/error.ts';
import type { Attachment } from '../../model/event.ts';
import { canonical, checkJson, dataLimits } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import { formatRef, splitRef } from '../../model/names.ts';
import { causesOf } from '../../model/stale.ts';
import { FactsGraph } from '../../store/index/facts-graph.ts';
import { pathOf } from '../../store/layout.ts';
import type { Committed } from '../../store/transact.ts';
import type { Store } from '../../store/store.ts';
import { readJsonObject } from '../file.ts';
import { defineOperation } from '../operation.ts';
import type { Context, Speak } from '../operation.ts';
import { line } from '../schema.ts';
import type { Input } from '../schema.ts';

const input = {
  type: 'object',
  properties: {
    artifactId: {
      type: 'string',
      description: 'Lower-case segments joined by "/", such as auth/login-api.',
    },
    artifactType: {
      type: 'string',
      description:
        'Such as schema-change, api-contract, test-results, code-change, review, document, decision, pattern, or a type of the team. May be left out for an id that exists.',
    },
    data: {
      type: 'object',
      description: 'The content; must fit the schema of the type. At most 64 KiB.',
    },
    dataFile: {
      type: 'string',
      description: 'A JSON or YAML file with the content, instead of data.',
    },
    attach: {
      type: 'array',
      items: { type: 'string' },
      description: 'Files to store beside the data.',
    },
    summary: { type: 'string', description: 'What is new in this version, in a sentence.' },
    tags: { type: 'array', items: { type: 'string' }, description: 'Words to find it by.' },
    derivedFrom: {
      type: 'array',
      items: { type: 'string' },
      description:
        'Versions it was made from, such as schema-users@2; without a number the latest.',
    },
    expectedVersion: {
      type: 'integer',
      minimum: 0,
      description: 'Refuse unless this is the latest version now; 0: must not exist yet.',
    },
    contractId: { type: 'string', description: 'Contract it is made for.' },
    idempotencyKey: {
      type: 'string',
      description: 'A repeated call with the same key returns the first result.',
    },
    line,
  },
  required: ['artifactId'],
  additionalProperties: false,
} as const;

export type PublishOutput = {
  readonly id: string;
  readonly version: number;
  readonly ref: string;
  readonly type: string;
  readonly commit: string;
  readonly line: string;
  readonly path: string;
  readonly events: readonly string[];
  readonly derivedFrom: readonly string[];
  /** Latest versions that this one puts out of date. */
  readonly outdated: readonly string[];
  /** The call was made before; nothing new was written. */
  readonly repeated?: true;
};

const run = async (input: Input<typeof schema>, context: Context): Promise<PublishOutput> => {
  const data = await readData(input, context);
  const attachments = checkAttachments(
    await Promise.all((input.attach ?? []).map((path) => readAttachment(path, context))),
  );
  const [store, code, agent] = await Promise.all([
    context.store(),
    context.code(),
    context.agent(),
  ]);
  const request = {
    id: input.artifactId,
    ...(input.artifactType !== undefined && { type: input.artifactType }),
    data,
    agent,
    content: (type: string) => contentOf(type, data, attachments),
    ...(input.summary !== undefined && { summary: checkSummary(input.summary) }),
    ...(input.tags && { tags: input.tags }),
    ...(input.derivedFrom && { derivedFrom: input.derivedFrom }),
    reads: context.reads?.list() ?? [],
    ...(input.contractId !== undefined && { contract: input.contractId }),
    ...(input.expectedVersion !== undefined && { expectedVersion: input.expectedVersion }),
    attachments,
    ...(code && { code }),
  };
  const cause = { agent, line: context.line, key: keyOf(input, agent) };
  const { types, withTypes } = await import('../types.ts');
  const committed = await withTypes(() =>
    store.write(cause, (transaction, time) =>
      transaction.append(publish(transaction.view, { ...request, time }, types)),
    ),
  );
  context.reads?.clear();
  return outputOf(store, context.line, committed);
};

const readData = async (input: Input<typeof schema>, context: Context): Promise<JsonObject> => {
  if ((input.data === undefined) === (input.dataFile === undefined)) {
    throw invalid(
      'data',
      'given, or dataFile instead of it',
      input.data === undefined ? 'neither' : 'both',
    );
  }
  const data =
    input.dataFile === undefined
      ? input.data
      : await readJsonObject(context, input.dataFile, 'dataFile');
  const checked = checkJson(data, 'data') as JsonObject;
  const bytes = Buffer.byteLength(JSON.stringify(checked));
  if (bytes > dataLimits.bytes) {
    throw invalid(
      'data',
      `at most ${dataLimits.bytes / 1024} KiB of JSON`,
      `${Math.ceil(bytes / 1024)} KiB`,
      {
        hint: 'Attach large contents as files (attach), and keep in data what others decide by.',
      },
    );
  }
  return checked;
};

const readAttachment = async (path: string, context: Context): Promise<Attachment> => ({
  name: basename(path),
  bytes: await context.readFile(path),
});

const checkSummary = (summary: string): string => {
  if (summary.length <= 500) return summary.replace(/\s+/g, ' ').trim();
  throw invalid('summary', 'at most 500 characters', `${summary.length}`);
};

const sha256 = (bytes: string | Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

/** Equal for equal type, data and attachments, whatever the order of keys: 32 hex digits of a SHA-256. */
const contentOf = (type: string, data: JsonObject, attachments: readonly Attachment[]): string =>
  sha256(
    canonical({ type, data, files: attachments.map(({ name, bytes }) => [name, sha256(bytes)]) }),
  ).slice(0, 32);

const keyOf = (
  input: Input<typeof schema>,
  agent: string,
): { hash: string; input: string } | undefined => {
  const { idempotencyKey, ...rest } = input;
  if (idempotencyKey === undefined) return undefined;
  return {
    hash: sha256(JSON.stringify([agent, 'artifact_publish', idempotencyKey])),
    input: sha256(canonical(rest as unknown as JsonObject)),
  };
};

/** The reply is made from the commit, so that a repeated call gets the same one. */
const outputOf = async (
  store: Store,
  line: string,
  committed: Committed<unknown>,
): Promise<PublishOutput> => {
  const ref =
    committed.events.find((event) => event.startsWith('artifact-published '))?.split(' ')[1] ?? '';
  const { id, version } = splitRef(ref);
  return store.read(line, (facts) => {
    const fact = facts.version(id, version);
    if (!fact) throw new ConcordError('INTERNAL', `${ref} was published but is not in the index.`);
    return {
      id,
      version,
      ref,
      type: fact.type,
      commit: fact.commit,
      line,
      path: pathOf('artifact', id),
      events: committed.events,
      derivedFrom: fact.derivedFrom.map((edge) => edge.ref),
      outdated: outdatedBy(new FactsGraph(facts, line), id, version),
      ...(committed.repeated && { repeated: true as const }),
    };
  });
};

/** What was made from the version before and is still the latest of its kind. */
const outdatedBy = (graph: FactsGraph, id: string, version: number): string[] => {
  const before = graph.versions(id).findLast((fact) => fact.version < version);
  if (!before) return [];
  return graph.madeFrom(formatRef(id, before.version)).flatMap(({ ref }) => {
    const child = graph.version(ref);
    const current = child && graph.latest(child.id)?.version === child.version && child.id !== id;
    return current &&
      causesOf(graph, child, false).some((cause) => cause.newer === formatRef(id, version))
      ? [ref]
      : [];
  });
};

const render = (output: PublishOutput, speak: Speak): string => {
  const lines = [
    speak.strong(
      `Published ${output.ref}${output.repeated ? ' (already, by an earlier call with this key)' : ''}.`,
    ),
  ];
  if (output.derivedFrom.length > 0) lines.push(`Derived from: ${output.derivedFrom.join(', ')}`);
  if (output.outdated.length > 0) lines.push(`Out of date by this: ${output.outdated.join(', ')}`);
  lines.push(
    speak.faint(`Commit ${output.commit.slice(0, 12)} on ${output.line}, file ${output.path}`),
  );
  const next =
    output.outdated.length > 0
      ? { operation: 'lineage_trace', input: { direction: 'stale' } }
      : { operation: 'artifact_get', input: { artifactId: output.ref } };
  return [...lines, '', `Next: ${speak.call(next)}`].join('\n');
};

const schema = input;

export const artifactPublish = defineOperation({
  name: 'artifact_publish',
  summary: 'Publish a new immutable version of a typed artifact.',
  details:
    'The data is checked against its type first; a refusal names every violation and writes nothing. Say in derivedFrom what you used.',
  input: schema,
  aliases: { id: 'artifactId', ref: 'artifactId', type: 'artifactType', contract: 'contractId' },
  flags: { artifactType: 'type', tags: 'tag', contractId: 'contract' },
  unlisted: ['line', 'idempotencyKey'],
  profile: 'core',
  alwaysLoad: true,
  commands: [
    {
      path: 'publish',
      positional: ['artifactId'],
      examples: [
        `concord publish schema-users --type schema-change --data '{"tables":["users"]}' --summary "Users table"`,
        'concord publish api-login --type api-contract --data @api.json --derived-from schema-users --as api-dev',
        'npm test -- --json | to-results | concord publish test-results-auth --type test-results --data -',
      ],
    },
  ],
  run,
  render,
});
