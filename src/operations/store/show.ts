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
import { defineOperation } from '../operation.ts';
import type { Context, Speak } from '../operation.ts';
import { line } from '../schema.ts';
import { typeShow } from '../type/show.ts';
import type { TypeShowOutput } from '../type/show.ts';

type Commit = Entry & { readonly position: number };

export type ShowOutput =
  | { readonly kind: 'contract'; readonly contract: ContractShown }
  | { readonly kind: 'artifact'; readonly artifact: GetOutput }
  | { readonly kind: 'agent'; readonly agent: Agent; readonly published: number }
  | { readonly kind: 'type'; readonly type: TypeShowOutput }
  | { readonly kind: 'commit'; readonly commit: Commit };

/** The first of these that there is: a commit, a contract, an artifact, an agent, a type. */
export const show = defineOperation({
  name: 'show',
  summary:
    'Explain anything: a contract, an artifact or one of its versions, a commit, an agent, a type.',
  input: {
    type: 'object',
    properties: {
      name: { type: 'string', description: 'A contract, id, id@version, commit, agent or type.' },
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
      examples: ['concord show api-login@2', 'concord show 4f2a9c1', 'concord show api-dev'],
    },
  ],
  run: async ({ name }, context): Promise<ShowOutput> => {
    const found =
      (await commit(name, context)) ??
      (await contract(name, context)) ??
      (await artifact(name, context)) ??
      (await agent(name, context)) ??
      (await type(name, context));
    if (found) return found;
    throw new ConcordError(
      'NOT_FOUND',
      `There is no contract, artifact, commit, agent or type called ${shown(name)}.`,
      { next: { operation: 'artifact_list', input: {} } },
    );
  },
  render: (output, speak) => {
    if (output.kind === 'contract') return contractGet.render(output.contract, speak, {} as never);
    if (output.kind === 'artifact')
      return artifactGet.render(output.artifact, speak, {
        artifactId: output.artifact.ref,
      } as never);
    if (output.kind === 'type') return typeShow.render(output.type, speak, {} as never);
    if (output.kind === 'agent') return renderAgent(output, speak);
    return renderCommit(output.commit, speak);
  },
});

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
