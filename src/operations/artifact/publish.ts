import { deliver } from '../../model/contract/deliver.ts';
import type { Delivery } from '../../model/contract/deliver.ts';
import { remember, workerOf } from '../session/holder.ts';
import { checkAttachments } from '../../model/attachment.ts';
import { defineOperation } from '../operation.ts';
import type { Context } from '../operation.ts';
import { line } from '../schema.ts';
import type { Input } from '../schema.ts';
import { checkSummary, contentOf, keyOf, readAttachment, readData } from './content.ts';
import { outputOf } from './published.ts';
import type { PublishOutput } from './published.ts';
import { renderPublished } from './published-text.ts';
import { withTypes } from '../types.ts';

const schema = {
  type: 'object',
  properties: {
    artifactId: {
      type: 'string',
      description: 'Such as auth/login-api; not needed for the open output of your contract.',
    },
    artifactType: {
      type: 'string',
      description: 'Needed for a new id.',
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
    contractId: { type: 'string', description: 'Its contract, if you hold several.' },
    token: { type: 'string', description: 'Proof of the claim, where the session has none.' },
    idempotencyKey: {
      type: 'string',
      description: 'A repeated call with the same key returns the first result.',
    },
    line,
  },
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
  const { contractId, token } = input;
  const holder = await workerOf(
    context,
    contractId === undefined ? undefined : { contractId, token },
  );
  const request: Delivery = {
    ...asked(input),
    holder,
    data,
    content: (type) => contentOf(type, data, attachments),
    reads: noted,
    attachments,
    ...(code && { code }),
  };
  const cause = {
    agent,
    line: context.line,
    key: keyOf(input, agent, contentOf('', data, attachments)),
  };
  const committed = await withTypes(data, (types) =>
    store.write(cause, (transaction) => {
      const { view, circumstances } = transaction;
      const delivered = deliver(view, request, types, circumstances);
      transaction.append(delivered.events);
      return delivered;
    }),
  );
  if (!committed.repeated) context.reads?.remove(noted);
  const output = await outputOf(store, context.line, committed);
  const { contract } = output;
  const now = contract && (await store.look(context.line, (view) => view.contract(contract.id)));
  if (now) remember(context, agent, now);
  return output;
};

/** What is asked for, apart from who holds what and what it holds. */
const asked = (
  input: Input<typeof schema>,
): Pick<
  Delivery,
  'id' | 'type' | 'summary' | 'tags' | 'derivedFrom' | 'contract' | 'expectedVersion'
> => {
  const { artifactId, artifactType, summary, tags, derivedFrom, contractId, expectedVersion } =
    input;
  return {
    ...(artifactId !== undefined && { id: artifactId }),
    ...(artifactType !== undefined && { type: artifactType }),
    ...(summary !== undefined && { summary: checkSummary(summary) }),
    ...(tags && { tags }),
    ...(derivedFrom && { derivedFrom }),
    ...(contractId !== undefined && { contract: contractId }),
    ...(expectedVersion !== undefined && { expectedVersion }),
  };
};

export const artifactPublish = defineOperation({
  name: 'artifact_publish',
  summary: 'Publish a new immutable version of a typed artifact.',
  details: 'A refusal names every violation.',
  input: schema,
  aliases: { id: 'artifactId', ref: 'artifactId', type: 'artifactType', contract: 'contractId' },
  flags: { artifactType: 'type', tags: 'tag', contractId: 'contract' },
  unlisted: ['line', 'idempotencyKey', 'token'],
  plain: ['attach', 'summary', 'tags'],
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
  render: renderPublished,
});
