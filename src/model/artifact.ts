import type { Artifact, Code, Edge, FileEntry, Time } from './entity.ts';
import { registration } from './agent.ts';
import type { Pinned } from './contract/contract.ts';
import { ConcordError, invalid } from './error.ts';
import type { Violation } from './error.ts';
import type { Attachment, Event } from './event.ts';
import type { Json } from './json.ts';
import { checkId, checkSlug, formatRef, parseRef, splitRef, versionedRef } from './names.ts';
import { nearest, shown } from './text.ts';
import type { View } from './view.ts';

export type PublishRequest = {
  readonly id: string;
  /** May be left out for an id that exists: an id keeps its type. */
  readonly type?: string;
  readonly data: Json;
  readonly agent: string;
  readonly time: Time;
  /** Hash of type, data and attachments, see `contentOf`. */
  readonly content: (type: string) => string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly derivedFrom?: readonly string[];
  /** What the publisher was seen reading: `x@2`, or `x@2 older` when it was not the latest then. */
  readonly reads?: readonly string[];
  readonly contract?: string;
  /** What the contract pinned as its inputs. */
  readonly pinned?: readonly Pinned[];
  /** The version the publisher builds on; 0 means that the artifact must not exist yet. */
  readonly expectedVersion?: number;
  readonly attachments?: readonly Attachment[];
  readonly code?: Code;
};

/** Knows the types: which there are, and what is wrong with data of one of them. */
export type Types = {
  readonly shipped: readonly string[];
  check(type: string, view: View, data: Json): readonly Violation[];
  example(type: string, view: View): Json | undefined;
};

/** A publish: the version that follows, or a refusal that says what is allowed. */
export const publish = (view: View, request: PublishRequest, types: Types): readonly Event[] => {
  const id = checkId(request.id, 'artifactId');
  const type = typeFor(view, id, request.type, types);
  checkExpected(view, id, request.expectedVersion);
  checkData(view, id, type, request.data, types);
  const artifact: Artifact = {
    id,
    version: view.highest(id) + 1,
    type,
    ...optional('typeVersion', view.registeredType(type)?.version),
    publisher: request.agent,
    time: request.time,
    ...optional(
      'contract',
      request.contract === undefined ? undefined : checkId(request.contract, 'contractId'),
    ),
    ...optional(
      'summary',
      request.summary === undefined || request.summary === '' ? undefined : request.summary,
    ),
    ...optional('tags', some(sortedTags(request.tags ?? []))),
    ...optional('derivedFrom', some(edges(view, request))),
    ...optional('code', request.code),
    ...optional('files', some(fileEntries(request.attachments ?? []))),
    data: request.data,
  };
  return [
    ...registration(view, request.agent, request.time),
    {
      type: 'artifact-published',
      artifact,
      content: request.content(type),
      attachments: request.attachments ?? [],
    },
  ];
};

const optional = <K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { [key in K]?: V };

const some = <T>(items: readonly T[]): readonly T[] | undefined =>
  items.length > 0 ? items : undefined;

/** Each tag once. As many as the artifact's file may have, or the version could not be read back. */
const sortedTags = (tags: readonly string[]): readonly string[] => {
  const different = [...new Set(tags.map((tag) => checkSlug(tag, 'tags')))].sort();
  if (different.length <= 32) return different;
  throw invalid('tags', 'at most 32 words', String(different.length));
};

const typeFor = (view: View, id: string, asked: string | undefined, types: Types): string => {
  const kept = view.typeOf(id);
  if (asked === undefined) {
    if (kept) return kept;
    throw invalid('artifactType', 'given for a new artifact', 'nothing', {
      hint: `Known types: ${known(types)}.`,
    });
  }
  const type = checkSlug(asked, 'artifactType');
  if (kept && kept !== type) {
    throw invalid('artifactType', `${shown(kept)}, the type of ${id}`, shown(type), {
      hint: 'An id keeps its type. Publish under another id, or leave the type out.',
    });
  }
  if (kept || types.shipped.includes(type) || view.registeredType(type)) return type;
  const near = nearest(type, types.shipped);
  throw invalid('artifactType', 'a known type', shown(type), {
    hint: `${near ? `Did you mean ${near}? ` : ''}Known types: ${known(types)}, and what the team registered (concord type list).`,
  });
};

const known = (types: Types): string => types.shipped.join(', ');

const checkExpected = (view: View, id: string, expected: number | undefined): void => {
  if (expected === undefined) return;
  const latest = view.latest(id)?.version ?? 0;
  if (latest === expected) return;
  const stands =
    latest === 0 ? `${id} does not exist yet` : `the latest version is ${formatRef(id, latest)}`;
  throw new ConcordError(
    'CONFLICT',
    `You expected version ${expected} of ${id}, but ${stands}; nothing was published.`,
    {
      hint: 'Read the latest version, merge your change into it, and publish with the version you read.',
      ...(latest > 0 && {
        next: { operation: 'artifact_get', input: { artifactId: formatRef(id, latest) } },
      }),
    },
  );
};

const checkData = (view: View, id: string, type: string, data: Json, types: Types): void => {
  const violations = types.check(type, view, data);
  if (violations.length === 0) return;
  const example = types.example(type, view);
  throw new ConcordError(
    'INVALID',
    `The data of ${id} is not a valid ${type}; nothing was published.`,
    {
      violations,
      ...(example !== undefined && { hint: exampleHint(example, types.shipped.includes(type)) }),
      ...(!types.shipped.includes(type) && { quoted: true as const }),
      next: { operation: 'type_show', input: { type } },
    },
  );
};

/** An example of a team's type was written by an agent. */
const exampleHint = (example: Json, shipped: boolean): string =>
  shipped
    ? `Example: ${JSON.stringify(example)}`
    : `Example, by who registered the type:\n| ${JSON.stringify(example)}`;

/**
 * Declared refs as edges, then what the contract pinned, then what was seen being read. A ref without a version means the newest version that the publisher saw as the
 * latest, else the line's latest; it is pinned. Whether a version was older when it was chosen is known best from when it was read: who read the latest and
 * was overtaken did not choose an old one. A read that cannot be an edge is left out: it is only a hint.
 */
const edges = (
  view: View,
  { derivedFrom: declared = [], pinned = [], reads: noted = [] }: PublishRequest,
): Edge[] => {
  const reads = noted.flatMap((text) => parseRead(view, text));
  const byRef = new Map<string, Edge>();
  for (const text of declared) {
    const ref = parseRef(text, 'derivedFrom');
    const latest = view.latest(ref.id)?.version;
    const given = pinned.map((one) => splitRef(one.ref)).find(({ id }) => id === ref.id);
    const version = ref.version ?? newestSeen(reads, ref.id) ?? given?.version ?? latest;
    if (version === undefined || !view.has(ref.id, version))
      throw missing(view, text, ref.id, latest);
    const name = formatRef(ref.id, version);
    const read = reads.find((candidate) => candidate.ref === name);
    const older = read ? read.older : isOlder(pinned, name, version !== latest);
    byRef.set(name, { ref: name, how: 'declared', ...(older && { older: true as const }) });
  }
  for (const { ref, older } of pinned)
    if (!byRef.has(ref)) byRef.set(ref, { ref, how: 'input', ...(older && { older }) });
  for (const { ref, older } of reads) {
    if (!byRef.has(ref))
      byRef.set(ref, { ref, how: 'read', ...(older && { older: true as const }) });
  }
  return [...byRef.values()];
};

/** The newest version that was the latest when it was read; an old one looked up beside it is not what the work stands on. */
const newestSeen = (reads: readonly Read[], id: string): number | undefined =>
  reads
    .filter((read) => read.id === id && !read.older)
    .map(({ version }) => version)
    .sort((a, b) => a - b)
    .at(-1);

/** What was pinned was the latest then, unless it was named on purpose. */
const isOlder = (pinned: readonly Pinned[], ref: string, otherwise: boolean): boolean => {
  const one = pinned.find((candidate) => candidate.ref === ref);
  return one ? one.older === true : otherwise;
};

type Read = {
  readonly ref: string;
  readonly id: string;
  readonly version: number;
  readonly older: boolean;
};

/** `x@2`, or `x@2 older` when it was not the latest then. */
const parseRead = (view: View, text: string): Read[] => {
  const [ref = '', mark] = text.split(' ');
  const named = versionedRef(ref);
  if (!named || !view.has(named.id, named.version)) return [];
  return [{ ref, ...named, older: mark === 'older' }];
};

const missing = (view: View, text: string, id: string, latest: number | undefined): ConcordError =>
  new ConcordError(
    'NOT_FOUND',
    `derivedFrom names ${shown(text)}, which does not exist on this line; nothing was published.`,
    {
      hint: latest
        ? `${id} has versions up to ${formatRef(id, latest)}.`
        : `There is no artifact ${id}${view.highest(id) > 0 ? ' on this line' : ''}.`,
      next: latest
        ? { operation: 'artifact_get', input: { artifactId: formatRef(id, latest) } }
        : { operation: 'artifact_list', input: {} },
    },
  );

const fileEntries = (attachments: readonly Attachment[]): FileEntry[] =>
  attachments.map(({ name, bytes }) => ({ name, size: bytes.byteLength }));
