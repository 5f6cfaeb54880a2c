import { publish } from '../../model/artifact.ts';
import { checkAttachments } from '../../model/attachment.ts';
import { defineOperation } from '../operation.ts';
import type { Context, Speak } from '../operation.ts';
import { line } from '../schema.ts';
import type { Input } from '../schema.ts';
import { checkSummary, contentOf, keyOf, readAttachment, readData } from './content.ts';
import { outputOf } from './published.ts';
import type { PublishOutput } from './published.ts';
import { withTypes } from '../types.ts';

const schema = {
  type: 'object',
  properties: {
    artifactId: {
      type: 'string',
      description: 'Such as auth/login-api.',
    },
    artifactType: {
      type: 'string',
      description: 'A known type; not needed for an id that exists.',
    },
    data: {
      type: 'object',
      description: 'The content; must fit its type.',
    },
    dataFile: {
      type: 'string',
      description: 'JSON or YAML file instead of data.',
    },
    attach: {
      type: 'array',
      items: { type: 'string' },
      description: 'Files to store with it.',
    },
    summary: { type: 'string', description: 'What is new.' },
    tags: { type: 'array', items: { type: 'string' }, description: 'Words to find it by.' },
    derivedFrom: {
      type: 'array',
      items: { type: 'string' },
      description: 'What it was made from, such as schema-users@2.',
    },
    expectedVersion: {
      type: 'integer',
      minimum: 0,
      description: 'Refuse unless this is the latest; 0: none yet.',
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
  const noted = context.reads?.list() ?? [];
  const request = {
    id: input.artifactId,
    ...(input.artifactType !== undefined && { type: input.artifactType }),
    data,
    agent,
    content: (type: string) => contentOf(type, data, attachments),
    ...(input.summary !== undefined && { summary: checkSummary(input.summary) }),
    ...(input.tags && { tags: input.tags }),
    ...(input.derivedFrom && { derivedFrom: input.derivedFrom }),
    reads: noted,
    ...(input.contractId !== undefined && { contract: input.contractId }),
    ...(input.expectedVersion !== undefined && { expectedVersion: input.expectedVersion }),
    attachments,
    ...(code && { code }),
  };
  const cause = {
    agent,
    line: context.line,
    key: keyOf(input, agent, contentOf('', data, attachments)),
  };
  const committed = await withTypes(data, (types) =>
    store.write(cause, (transaction, time) =>
      transaction.append(publish(transaction.view, { ...request, time }, types)),
    ),
  );
  if (!committed.repeated) context.reads?.remove(noted);
  return outputOf(store, context.line, committed);
};

const render = (output: PublishOutput, speak: Speak): string => {
  const { ref, id, outdated, behind, dropped } = output;
  const declared = output.derivedFrom.filter((source) => !output.read.includes(source));
  const derived = [...declared, ...output.read.map((source) => `${source} (read)`)];
  const further = output.outdatedFurther ? ', and what was made from it' : '';
  const stale = outdated.length + behind.length > 0;
  const next = stale
    ? speak.call({ operation: 'lineage_trace', input: { direction: 'stale' } })
    : `${speak.call({ operation: 'lineage_trace', input: { ref: id, direction: 'downstream' } })} tells what depends on it, before you change it`;
  return [
    speak.strong(
      `Published ${ref}${output.repeated ? ' already, by an earlier call with this key' : ''}.`,
    ),
    ...(derived.length > 0 ? [`Derived from: ${derived.join(', ')}`] : []),
    ...behind.map((text) => `Out of date already: ${text}`),
    ...(dropped.length > 0
      ? [`The version before was made from ${dropped.join(', ')}; this one does not name it.`]
      : []),
    ...(outdated.length > 0 ? [`Out of date by this: ${outdated.join(', ')}${further}`] : []),
    speak.faint(`Commit ${output.commit.slice(0, 12)} on ${output.line}, file ${output.path}`),
    '',
    `Next: ${next}`,
  ].join('\n');
};

export const artifactPublish = defineOperation({
  name: 'artifact_publish',
  summary: 'Publish a new immutable version of a typed artifact.',
  details: 'A refusal names every violation.',
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
