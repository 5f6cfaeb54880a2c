import type { Code, Edge, How } from '../model/entity.ts';
import { eventLine } from '../model/event.ts';
import type { Published } from '../model/event.ts';
import { formatRef } from '../model/names.ts';
import { oneLine } from '../model/text.ts';
import type { Entry } from '../model/transaction.ts';
import type { Oid } from './object.ts';
import { noticeLine, parseEvents, saidTrailers } from './said.ts';
import type { EventLine } from './said.ts';

/** What a commit says of one published version: all that the derived index needs, so that one `git log` can rebuild it. */
export type ArtifactLine = {
  readonly ref: string;
  readonly type: string;
  readonly blob: Oid;
  readonly content: string;
  readonly derivedFrom: readonly Edge[];
  readonly contract?: string;
  readonly tags?: readonly string[];
  readonly code?: Code;
  /** The tree of its attachments. */
  readonly files?: Oid;
};

/** A commit message, read back. */
export type Message = {
  readonly op: string | undefined;
  readonly events: readonly string[];
  /** The same with what each says beside its name. */
  readonly happened: readonly EventLine[];
  readonly artifacts: readonly ArtifactLine[];
  /** Idempotency: hash of agent, operation and key; hash of the input. */
  readonly key: { readonly hash: string; readonly input: string } | undefined;
  readonly quarantine: readonly Oid[];
};

/** The objects that hold a version: its file, and the tree of its attachments. */
export type Stored = { readonly blob: Oid; readonly files?: Oid };

export type MessageParts = {
  readonly op: string;
  readonly subject: string;
  readonly body?: string | undefined;
  readonly entries: readonly Entry[];
  readonly blobs: ReadonlyMap<string, Stored>;
  readonly key?: { readonly hash: string; readonly input: string } | undefined;
  readonly quarantine?: readonly Oid[];
};

/**
 * Subject, body, trailers. Text from agents stands only in the body, on one line, and never in the last paragraph, the only one that git
 * reads trailers from. Trailers of one artifact follow its event.
 */
export const encodeMessage = (parts: MessageParts): string => {
  const trailers = [`Concord-Op: ${parts.op}`];
  for (const { event, notices } of parts.entries) {
    trailers.push(`Concord-Event: ${eventLine(event)}`);
    if (event.type === 'artifact-published') trailers.push(...artifactTrailers(event, parts.blobs));
    trailers.push(...saidTrailers(event));
    for (const notice of notices) trailers.push(`Concord-Notify: ${noticeLine(notice)}`);
  }
  for (const oid of parts.quarantine ?? []) trailers.push(`Concord-Quarantine: ${oid}`);
  if (parts.key) trailers.push(`Concord-Key: ${parts.key.hash} ${parts.key.input}`);
  const text = oneLine(parts.body ?? '', 500);
  const body = text === '' ? [] : [harmless(text), ''];
  // A branch or any other word with a line end must not begin a trailer of its own.
  const lines = trailers.map((trailer) => oneLine(trailer, Infinity));
  return [oneLine(parts.subject, 200), '', ...body, ...lines, ''].join('\n');
};

/** A body that looks like a trailer of ours, or like the line that ends a message for some tools, is marked as quoted. */
const harmless = (line: string): string => (/^(-{3}|concord-)/i.test(line) ? `| ${line}` : line);

const artifactTrailers = (
  { artifact, content }: Published,
  blobs: ReadonlyMap<string, Stored>,
): string[] => {
  const ref = formatRef(artifact.id, artifact.version);
  const { blob = '', files } = blobs.get(artifact.id) ?? {};
  const lines = [`Concord-Artifact: ${ref} ${artifact.type} ${blob} ${content}`];
  if (files !== undefined) lines.push(`Concord-Files: ${files}`);
  for (const edge of artifact.derivedFrom ?? [])
    lines.push(`Concord-Derived-From: ${edge.ref}${edgeMarks(edge)}`);
  if (artifact.contract) lines.push(`Concord-Contract: ${artifact.contract}`);
  if (artifact.tags) lines.push(`Concord-Tags: ${artifact.tags.join(' ')}`);
  if (artifact.code) lines.push(`Concord-Code: ${codeLine(artifact.code)}`);
  return lines;
};

const edgeMarks = ({ how, older }: Edge): string => {
  const marks = [...(how === 'declared' ? [] : [how]), ...(older ? ['older'] : [])];
  return marks.length > 0 ? ` (${marks.join(', ')})` : '';
};

const codeLine = ({ commit, branch, dirty }: Code): string =>
  [commit, ...(branch ? [branch] : []), ...(dirty ? ['(dirty)'] : [])].join(' ');

const trailerLine = /^Concord-([A-Za-z-]+): (.*)$/;

/** The trailers of a message: its last paragraph, unless that is the subject, and nothing else. */
export const parseMessage = (message: string, author: string): Message => {
  const [, ...paragraphs] = message.trimEnd().split('\n\n');
  const last = paragraphs.at(-1) ?? '';
  const trailers = last.split('\n').flatMap((line) => {
    const match = trailerLine.exec(line);
    return match ? [{ key: match[1] ?? '', value: match[2] ?? '' }] : [];
  });
  const all = (key: string): string[] =>
    trailers.filter((trailer) => trailer.key === key).map(({ value }) => value);
  const [hash, input] = all('Key')[0]?.split(' ') ?? [];
  return {
    op: all('Op')[0],
    events: all('Event'),
    happened: parseEvents(trailers, author),
    artifacts: parseArtifacts(trailers),
    key: hash && input ? { hash, input } : undefined,
    quarantine: all('Quarantine'),
  };
};

/** What a commit says beside its trailers' facts: its events, and the text below its subject. */
export type SaidByCommit = { readonly happened: readonly EventLine[]; readonly text?: string };

/** The same from the commit's object, for those few whose whole message is wanted. */
export const saidByCommit = (body: Buffer, author: string): SaidByCommit => {
  const commit = body.toString('utf8');
  const message = commit.slice(commit.indexOf('\n\n') + 2);
  const [, text, ...rest] = message.trimEnd().split('\n\n');
  const { happened } = parseMessage(message, author);
  return { happened, ...(text !== undefined && rest.length > 0 && { text }) };
};

const parseArtifacts = (trailers: readonly { key: string; value: string }[]): ArtifactLine[] => {
  const artifacts: (ArtifactLine & { derivedFrom: Edge[] })[] = [];
  for (const { key, value } of trailers) {
    if (key === 'Artifact') {
      const [ref = '', type = '', blob = '', content = ''] = value.split(' ');
      artifacts.push({ ref, type, blob, content, derivedFrom: [] });
    }
    const current = artifacts.at(-1);
    if (!current) continue;
    if (key === 'Derived-From') current.derivedFrom.push(parseEdge(value));
    if (key === 'Files') Object.assign(current, { files: value });
    if (key === 'Contract') Object.assign(current, { contract: value });
    if (key === 'Tags') Object.assign(current, { tags: value.split(' ') });
    if (key === 'Code') Object.assign(current, { code: parseCode(value) });
  }
  return artifacts;
};

const parseEdge = (value: string): Edge => {
  const [ref = '', ...rest] = value.split(' ');
  const marks = rest.join(' ');
  const how =
    (['input', 'read'] as const satisfies How[]).find((word) => marks.includes(word)) ?? 'declared';
  return { ref, how, ...(marks.includes('older') && { older: true as const }) };
};

const parseCode = (value: string): Code => {
  const [commit = '', ...rest] = value.split(' ');
  const branch = rest.filter((word) => word !== '(dirty)')[0];
  return { commit, ...(branch && { branch }), ...(rest.includes('(dirty)') && { dirty: true }) };
};
