import { ConcordError } from '../../model/error.ts';
import { isId } from '../../model/names.ts';
import { oneLine, shown } from '../../model/text.ts';
import type { Entry } from '../../store/index/records.ts';
import type { Agent } from '../../model/entity.ts';
import { age } from '../age.ts';
import { artifactGet } from '../artifact/get.ts';
import type { GetOutput } from '../artifact/get.ts';
import { contractGet } from '../contract/get.ts';
import type { ContractShown } from '../contract/shown.ts';
import { replayShown, renderLine } from '../line/shown.ts';
import type { LineShown } from '../line/shown.ts';
import { defineOperation } from '../operation.ts';
import type { Context, Speak } from '../operation.ts';
import { pipelineCreate } from '../pipeline/create.ts';
import type { PipelineOutput } from '../pipeline/create.ts';
import { line } from '../schema.ts';
import { teamSnapshot } from '../team/snapshot.ts';
import type { SnapshotOutput } from '../team/snapshot.ts';
import { typeShow } from '../type/show.ts';
import type { TypeShowOutput } from '../type/show.ts';

type Commit = Entry & { readonly position: number };

export type ShowOutput =
  | { readonly kind: 'contract'; readonly contract: ContractShown }
  | { readonly kind: 'artifact'; readonly artifact: GetOutput }
  | { readonly kind: 'agent'; readonly agent: Agent; readonly published: number }
  | { readonly kind: 'type'; readonly type: TypeShowOutput }
  | { readonly kind: 'pipeline'; readonly pipeline: PipelineOutput }
  | { readonly kind: 'snapshot'; readonly snapshot: SnapshotOutput }
  | { readonly kind: 'replay'; readonly replay: LineShown }
  | { readonly kind: 'commit'; readonly commit: Commit };

const kinds =
  'a contract, an artifact or one of its versions, a commit, an agent, a type, a pipeline, a snapshot, a replay';

/** The first of these that there is. What begins with concord/ is the name of a ref. */
const find = async (name: string, context: Context): Promise<ShowOutput | undefined> =>
  /^(refs\/tags\/|refs\/)?concord\//.test(name)
    ? ((await snapshot(name, context)) ?? (await replay(name, context)))
    : ((await commit(name, context)) ??
      (await contract(name, context)) ??
      (await artifact(name, context)) ??
      (await agent(name, context)) ??
      (await type(name, context)) ??
      (await pipeline(name, context)) ??
      (await snapshot(name, context)) ??
      (await replay(name, context)));

export const show = defineOperation({
  name: 'show',
  summary: `Explain anything: ${kinds}.`,
  input: {
    type: 'object',
    properties: {
      name: {
        type: 'string',
        description: 'Its name: build-api, api-login@2, 4f2a9c1, pre-work, replay/graphql.',
      },
      line,
    },
    required: ['name'],
    additionalProperties: false,
  },
  readOnly: true,
  profile: 'cli',
  commands: [
    {
      path: 'show',
      positional: ['name'],
      examples: [
        'concord show api-login@2',
        'concord show 4f2a9c1',
        'concord show api-dev',
        'concord show replay/graphql',
      ],
    },
  ],
  run: async ({ name }, context): Promise<ShowOutput> => {
    const found = await find(name, context);
    if (found) return found;
    throw new ConcordError('NOT_FOUND', `There is nothing called ${shown(name)}.`, {
      hint: `Looked for ${kinds}.`,
      next: { operation: 'artifact_list', input: {} },
    });
  },
  render: (output, speak) => render(output, speak),
});

const render = (output: ShowOutput, speak: Speak): string => {
  switch (output.kind) {
    case 'contract':
      return contractGet.render(output.contract, speak, {} as never);
    case 'artifact':
      return artifactGet.render(output.artifact, speak, {
        artifactId: output.artifact.ref,
      } as never);
    case 'type':
      return typeShow.render(output.type, speak, {} as never);
    case 'agent':
      return renderAgent(output, speak);
    case 'pipeline':
      return pipelineCreate.render(output.pipeline, speak, {} as never);
    case 'snapshot':
      return teamSnapshot.render(output.snapshot, speak, {} as never);
    case 'replay':
      return renderLine(output.replay, speak);
    case 'commit':
      return renderCommit(output.commit, speak);
  }
};

const missing = (error: unknown): undefined => {
  if (error instanceof ConcordError && error.code === 'NOT_FOUND') return undefined;
  throw error;
};

const contract = async (name: string, context: Context): Promise<ShowOutput | undefined> => {
  if (!isId(name)) return undefined;
  const found = await contractGet.run({ contractId: name } as never, context).catch(missing);
  return found === undefined ? undefined : { kind: 'contract', contract: found as ContractShown };
};

const artifact = async (name: string, context: Context): Promise<ShowOutput | undefined> => {
  if (!isId(name.replace(/@v?\d+$/, ''))) return undefined;
  const artifactId = name;
  const output = await artifactGet.run({ artifactId } as never, context).catch(missing);
  return output === undefined ? undefined : { kind: 'artifact', artifact: output as GetOutput };
};

const commit = async (name: string, context: Context): Promise<ShowOutput | undefined> => {
  if (!/^[0-9a-f]{7,64}$/.test(name)) return undefined;
  const store = await context.store();
  return store.read(context.line, (facts) => {
    const [oid, other] = facts.place(name) ? [name] : facts.placesStarting(name);
    const place = oid === undefined || other !== undefined ? undefined : facts.place(oid);
    const entry = place && facts.entry(place.line, place.position);
    return entry && place
      ? { kind: 'commit', commit: { ...entry, position: place.position } }
      : undefined;
  });
};

const agent = async (name: string, context: Context): Promise<ShowOutput | undefined> => {
  const store = await context.store();
  return store.read(context.line, (facts) => {
    const found = facts.entity(context.line, 'agent', name);
    return (
      found && {
        kind: 'agent',
        agent: found,
        published: facts.allLatest(context.line).filter(({ publisher }) => publisher === name)
          .length,
      }
    );
  });
};

const type = async (name: string, context: Context): Promise<ShowOutput | undefined> => {
  const output = await typeShow.run({ type: name } as never, context).catch(missing);
  return output === undefined ? undefined : { kind: 'type', type: output as TypeShowOutput };
};

const pipeline = async (name: string, context: Context): Promise<ShowOutput | undefined> => {
  if (!isId(name)) return undefined;
  const input = { action: 'show', pipelineId: name };
  const output = await pipelineCreate.run(input as never, context).catch(missing);
  return output === undefined
    ? undefined
    : { kind: 'pipeline', pipeline: output as PipelineOutput };
};

const snapshot = async (text: string, context: Context): Promise<ShowOutput | undefined> => {
  const name = text.replace(/^(refs\/tags\/)?concord\//, '');
  const input = { action: 'show', name };
  const output = await teamSnapshot.run(input as never, context).catch(missing);
  return output === undefined
    ? undefined
    : { kind: 'snapshot', snapshot: output as SnapshotOutput };
};

const replay = async (name: string, context: Context): Promise<ShowOutput | undefined> => {
  const output = await replayShown(name, context);
  return output && { kind: 'replay', replay: output };
};

const renderAgent = (
  { agent: found, published }: Extract<ShowOutput, { kind: 'agent' }>,
  speak: Speak,
): string =>
  [
    speak.strong(`${found.name}  agent since ${age(found.registered, speak.now)}`),
    ...(found.role ? [`Role: ${found.role}`] : []),
    ...(found.description ? [speak.quote(found.description)] : []),
    `Publisher of ${published} latest versions.`,
    '',
    `Next: ${speak.call({ operation: 'artifact_list', input: { publisher: found.name } })}`,
  ].join('\n');

const renderCommit = (
  { oid, agent: by, time, subject, events, position, refused }: Commit,
  speak: Speak,
): string =>
  [
    speak.strong(`${oid.slice(0, 12)}  ${oneLine(subject, 120)}`),
    `Transaction ${position} by ${oneLine(by, 80)}, ${age(time, speak.now)}${refused ? ' (breaks the rules, not applied)' : ''}`,
    ...events.map((event) => `  -> ${oneLine(event, 200)}`),
    '',
    `Next: git show ${oid.slice(0, 12)}`,
  ].join('\n');
