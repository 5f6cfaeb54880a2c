import { isUtf8 } from 'node:buffer';
import type { Artifact } from '../../model/entity.ts';
import { ConcordError } from '../../model/error.ts';
import { atPath } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import type { VersionFact } from '../../model/lineage.ts';
import { formatRef, parseRef } from '../../model/names.ts';
import { count, shown } from '../../model/text.ts';
import { age } from '../age.ts';
import { filesPathOf, pathOf } from '../../store/layout.ts';
import { FactsGraph } from '../../store/index/facts-graph.ts';
import { positionAt } from '../at.ts';
import { defineOperation } from '../operation.ts';
import type { Context, Speak } from '../operation.ts';
import { at, line } from '../schema.ts';
import type { Input } from '../schema.ts';
import { findVersion } from './find.ts';

const schema = {
  type: 'object',
  properties: {
    artifactId: { type: 'string', description: 'An id, or id@version.' },
    version: {
      type: 'integer',
      minimum: 1,
      description: 'The version, when artifactId does not say.',
    },
    path: {
      type: 'string',
      description: 'Only this part of the data, such as data.failed or endpoints[0].',
    },
    file: { type: 'string', description: 'The text of this attachment instead of the data.' },
    at,
    line,
    detail: {
      type: 'string',
      enum: ['all', 'data'],
      description: 'Everything, or the data alone.',
    },
  },
  required: ['artifactId'],
  additionalProperties: false,
} as const;

export type GetOutput = {
  readonly id: string;
  readonly version: number;
  readonly ref: string;
  readonly type: string;
  readonly data: Json;
  readonly summary: string | null;
  readonly tags: readonly string[];
  readonly publisher: string;
  readonly contract: string | null;
  readonly derivedFrom: readonly string[];
  readonly code: Artifact['code'] | null;
  readonly commit?: string;
  readonly path?: string;
  readonly time: string;
  readonly files: NonNullable<Artifact['files']>;
  /** Set when it is not the latest of the line. */
  readonly latest?: string;
  /** The line it was made on, where that is not in the history of the one that was asked. */
  readonly elsewhere?: string;
  /** The content of the attachment that was asked for. */
  readonly file?: {
    readonly name: string;
    readonly encoding: 'utf8' | 'base64';
    readonly content: string;
  };
};

const run = async (input: Input<typeof schema>, context: Context): Promise<GetOutput> => {
  const quick = await dataOfLatest(input, context);
  if (quick) return quick;
  const store = await context.store();
  const position = await positionAt(store, context.line, input.at);
  const { fact, latest, known } = await store.read(context.line, (facts) => {
    const graph = new FactsGraph(facts, context.line, position);
    const found = findVersion(facts, context.line, position, input);
    return {
      fact: found,
      latest: graph.latest(found.id),
      known: graph.version(formatRef(found.id, found.version)) !== undefined,
    };
  });
  const artifact = await store.artifact(fact.blob);
  const output = outputOf(artifact, fact, input.path);
  context.reads?.note(output.ref, latest !== undefined && latest.version !== fact.version);
  if (latest && latest.version !== fact.version)
    Object.assign(output, { latest: formatRef(latest.id, latest.version) });
  if (!known) Object.assign(output, { elsewhere: fact.line });
  if (input.file === undefined) return output;
  const content = artifact.files?.some(({ name }) => name === input.file)
    ? await store.objects.find(`${fact.commit}:${filesPathOf(fact.id)}/${input.file}`)
    : undefined;
  if (!content) throw noFile(artifact, input.file);
  return { ...output, file: { name: input.file, ...asText(content.body) } };
};

const asText = (bytes: Buffer): { encoding: 'utf8' | 'base64'; content: string } =>
  isUtf8(bytes)
    ? { encoding: 'utf8', content: bytes.toString('utf8') }
    : { encoding: 'base64', content: bytes.toString('base64') };

/** The data alone of a latest version stands in one file of the line's tree: no index is needed for it. */
const dataOfLatest = async (
  input: Input<typeof schema>,
  context: Context,
): Promise<GetOutput | undefined> => {
  const { id, version } = parseRef(input.artifactId, 'artifactId');
  if (
    input.detail !== 'data' ||
    version !== undefined ||
    input.version !== undefined ||
    input.at !== undefined ||
    input.file !== undefined
  )
    return undefined;
  const artifact = await context.peek(context.line, id);
  if (!artifact) return undefined;
  context.reads?.note(formatRef(id, artifact.version), false);
  return outputOf(artifact, undefined, input.path);
};

const outputOf = (
  artifact: Artifact,
  fact: VersionFact | undefined,
  path: string | undefined,
): GetOutput => {
  const { id, version, type, data, summary, tags, publisher, contract, code, time, files } =
    artifact;
  const whole: Json = artifact as unknown as Json;
  const part =
    path === undefined
      ? data
      : /^data(\.|\[|$)/.test(path)
        ? atPath(whole, path)
        : atPath(data, path);
  if (part === undefined) throw noPath(artifact, path ?? '');
  return {
    id,
    version,
    ref: formatRef(id, version),
    type,
    data: part,
    summary: summary ?? null,
    tags: tags ?? [],
    publisher,
    contract: contract ?? null,
    derivedFrom: (artifact.derivedFrom ?? []).map(({ ref }) => ref),
    code: code ?? null,
    ...(fact && { commit: fact.commit }),
    path: pathOf('artifact', id),
    time,
    files: files ?? [],
  };
};

const noPath = (artifact: Artifact, path: string): ConcordError =>
  new ConcordError(
    'NOT_FOUND',
    `${formatRef(artifact.id, artifact.version)} has nothing at ${shown(path)}.`,
    {
      hint: `Its data has: ${Object.keys(artifact.data as object).join(', ') || 'no fields'}.`,
    },
  );

const noFile = ({ id, version, files }: Artifact, name: string): ConcordError =>
  new ConcordError('NOT_FOUND', `${formatRef(id, version)} has no attachment ${shown(name)}.`, {
    hint: `Attachments: ${files?.map((file) => file.name).join(', ') ?? 'none'}.`,
  });

const render = (output: GetOutput, speak: Speak, input: Input<typeof schema>): string => {
  if (output.file)
    return `${output.ref} ${output.file.name} (${output.file.encoding}):\n${speak.quote(output.file.content)}`;
  if (input.detail === 'data') return JSON.stringify(output.data, null, 2);
  const facts = [
    `${speak.strong(output.ref)}  ${output.type} by ${output.publisher}, ${age(output.time, speak.now)}`,
    ...(output.summary ? [speak.quote(output.summary)] : []),
    ...(output.elsewhere ? [`Made on ${output.elsewhere}.`] : []),
    ...(output.latest
      ? [`The latest version ${output.elsewhere ? 'here ' : ''}is ${output.latest}.`]
      : []),
    ...(output.tags.length > 0 ? [`Tags: ${output.tags.join(', ')}`] : []),
    ...(output.contract ? [`Contract: ${output.contract}`] : []),
    ...(output.derivedFrom.length > 0 ? [`Derived from: ${output.derivedFrom.join(', ')}`] : []),
    ...(output.code
      ? [
          `Code: ${output.code.commit.slice(0, 12)}${output.code.branch ? ` on ${output.code.branch}` : ''}${output.code.dirty ? ', with uncommitted changes' : ''}`,
        ]
      : []),
    ...(output.files.length > 0
      ? [
          `Attachments: ${output.files.map(({ name, size }) => `${name} (${count(size, 'byte')})`).join(', ')}`,
        ]
      : []),
    speak.faint(`Commit ${output.commit?.slice(0, 12) ?? ''}, file ${output.path ?? ''}`),
  ];
  const heading = input.path ? `Data at ${shown(input.path)}:` : 'Data:';
  return [...facts, heading, speak.quote(JSON.stringify(output.data, null, 1))].join('\n');
};

export const artifactGet = defineOperation({
  name: 'artifact_get',
  summary: 'Read one version of an artifact: its data and where it comes from.',
  input: schema,
  aliases: { id: 'artifactId', ref: 'artifactId' },
  unlisted: ['line', 'detail'],
  plain: ['version'],
  readOnly: true,
  profile: 'core',
  commands: [
    {
      path: 'get',
      summary: 'Print the data of an artifact, and nothing else.',
      positional: ['artifactId'],
      preset: { detail: 'data' },
      json: { detail: 'all' },
      examples: [
        'concord get test-results-auth | jq .failed',
        'concord get api-login@1',
        'concord get api-login --path endpoints[0].method',
      ],
    },
  ],
  run,
  render,
  bytes: ({ file }) => file && Buffer.from(file.content, file.encoding),
});
