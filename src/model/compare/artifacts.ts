import type { Artifact, Code } from '../entity.ts';
import { differenceAt, differing } from './differences.ts';
import type { Differing } from './differences.ts';
import { changeOf, paired } from './side.ts';
import type { ArtifactSide, Both, Change, Side } from './side.ts';

/** The latest version of an artifact on one side. */
export type ArtifactState = {
  readonly version: number;
  readonly type: string;
  readonly publisher: string;
  readonly contract?: string;
  readonly code?: Code;
};

export type ArtifactRow = Both<ArtifactState> & {
  readonly id: string;
  /** `again`: other versions, and the same content. */
  readonly change: Change | 'again';
  /** Where type, data and attachments differ, at most so many as `differencesOf` keeps. */
  readonly differences: readonly Differing[];
  /** How many there are in all. */
  readonly total: number;
};

/** Of one artifact so many differences are kept. */
const kept = 100;

/** The artifacts of both sides that were read. */
export const compareArtifacts = (left: Side, right: Side): ArtifactRow[] =>
  paired(left.listing.artifact, right.listing.artifact).flatMap(({ id, ...files }) => {
    const [before, after] = [left.artifacts.get(id), right.artifacts.get(id)];
    if (!before && !after) return [];
    const change = changeOf(files);
    const found = before && after && change === 'changed' ? differencesOf(before, after) : [];
    return [
      {
        id,
        change: change === 'changed' && found.length === 0 ? 'again' : change,
        left: stateOf(before?.artifact),
        right: stateOf(after?.artifact),
        differences: found.slice(0, kept),
        total: found.length,
      },
    ];
  });

const differencesOf = (left: ArtifactSide, right: ArtifactSide): Differing[] => [
  ...(left.artifact.type === right.artifact.type
    ? []
    : [differenceAt('type', left.artifact.type, right.artifact.type)]),
  ...differing(left.artifact.data, right.artifact.data, 'data'),
  ...attachmentsOf(left, right),
];

/** Of an attachment the size is told: its content is a file. */
const attachmentsOf = (left: ArtifactSide, right: ArtifactSide): Differing[] =>
  paired(mapOf(left), mapOf(right)).flatMap(({ id, ...contents }) =>
    changeOf(contents) === 'same'
      ? []
      : [differenceAt(`attachment ${id}`, sizeOf(left, id), sizeOf(right, id))],
  );

const mapOf = ({ attachments }: ArtifactSide): ReadonlyMap<string, string> =>
  new Map(Object.entries(attachments));

const sizeOf = ({ artifact, attachments }: ArtifactSide, name: string): string | undefined => {
  const size = artifact.files?.find((file) => file.name === name)?.size;
  if (size === undefined && !Object.hasOwn(attachments, name)) return undefined;
  return `${size ?? '?'} bytes, ${(attachments[name] ?? '?').slice(0, 12)}`;
};

const stateOf = (artifact: Artifact | undefined): ArtifactState | null => {
  if (!artifact) return null;
  const { version, type, publisher, contract, code } = artifact;
  return {
    version,
    type,
    publisher,
    ...(contract !== undefined && { contract }),
    ...(code && { code }),
  };
};
