import { formatRef } from '../names.ts';
import type { ArtifactRow } from './artifacts.ts';
import { isOfTask } from './contracts.ts';
import type { ContractRow } from './contracts.ts';
import { differenceAt } from './differences.ts';
import type { Differing } from './differences.ts';
import type { Side } from './side.ts';
import { artifactSources, contractSources, mostUpstream, sourcesOf } from './upstream.ts';

/**
 * The first input that differs. `agreement`: of this contract something else was agreed. `content`: this artifact differs, and nothing that
 * it was made from does. `sources`: it was made from other versions. `presence`: only one side has this contract.
 */
export type Why = Differing & {
  readonly kind: 'agreement' | 'content' | 'sources' | 'presence';
  readonly contract?: string;
  readonly artifact?: string;
  readonly publisher?: string;
  /** How many others differ by themselves, too. */
  readonly others: number;
};

type Rows = {
  readonly contracts: readonly ContractRow[];
  readonly artifacts: readonly ArtifactRow[];
};

/** Contracts that one side lacks come last: mostly they were made because something else differs. */
export const whyOf = (left: Side, right: Side, rows: Rows): Why | null => {
  const agreed = rows.contracts.filter(({ agreement }) => agreement.length > 0);
  const tasks = agreed.filter(({ agreement }) => agreement.some(isOfTask));
  const lone = rows.contracts.filter(({ change }) => change === 'left' || change === 'right');
  return (
    ofAgreement(left, right, tasks.length > 0 ? tasks : agreed) ??
    ofArtifact(left, right, rows.artifacts) ??
    ofPresence(left, right, lone)
  );
};

const ofAgreement = (left: Side, right: Side, rows: readonly ContractRow[]): Why | null => {
  const [first, others] = firstOf(left, right, rows);
  const difference = first?.agreement[0];
  return first && difference
    ? { kind: 'agreement', contract: first.id, ...difference, others }
    : null;
};

const ofPresence = (left: Side, right: Side, rows: readonly ContractRow[]): Why | null => {
  const [first, others] = firstOf(left, right, rows);
  if (!first) return null;
  const title = (side: Side): string | undefined => {
    const contract = side.contracts.get(first.id)?.contract;
    return contract && (contract.title ?? contract.id);
  };
  const difference = differenceAt('', title(left), title(right));
  return { kind: 'presence', contract: first.id, ...difference, others };
};

/** The one most upstream, of several the one that was created first. */
const firstOf = (
  left: Side,
  right: Side,
  rows: readonly ContractRow[],
): readonly [ContractRow | undefined, number] => {
  const ids = rows.map(({ id }) => id);
  const roots = new Set(mostUpstream(ids, contractSources(left, right)));
  const created = (id: string): string =>
    (left.contracts.get(id) ?? right.contracts.get(id))?.contract.created ?? '';
  const ordered = inOrder(
    rows.filter(({ id }) => roots.has(id)),
    ({ id }) => created(id),
  );
  return [ordered[0], ordered.length - 1];
};

const ofArtifact = (left: Side, right: Side, rows: readonly ArtifactRow[]): Why | null => {
  const differing = rows.filter(({ change }) => change !== 'same' && change !== 'again');
  const ids = differing.map(({ id }) => id);
  const roots = new Set(mostUpstream(ids, artifactSources(left, right)));
  const parted = (id: string): string => {
    const times = [left, right].map((side) => side.artifacts.get(id)?.artifact.time ?? '');
    return times.sort().at(-1) ?? '';
  };
  const ordered = inOrder(
    differing.filter(({ id }) => roots.has(id)),
    ({ id }) => parted(id),
  );
  const [first] = ordered;
  if (!first) return null;
  const state = first.right ?? first.left;
  const again = new Set(rows.flatMap(({ id, change }) => (change === 'again' ? [id] : [])));
  const sources = differentSources(left, right, first, again);
  return {
    kind: sources ? 'sources' : 'content',
    artifact: first.id,
    ...(state?.contract !== undefined && { contract: state.contract }),
    ...(state && { publisher: state.publisher }),
    ...(sources ?? first.differences[0] ?? versions(first)),
    others: ordered.length - 1,
  };
};

const versions = ({ id, left, right }: ArtifactRow): Differing =>
  differenceAt(
    '',
    left ? formatRef(id, left.version) : undefined,
    right ? formatRef(id, right.version) : undefined,
  );

/** Whether it was made from other versions, though what it was made from is now the same on both sides. */
const differentSources = (
  left: Side,
  right: Side,
  { id, left: before, right: after }: ArtifactRow,
  again: ReadonlySet<string>,
): Differing | undefined => {
  if (!before || !after) return undefined;
  const [older, younger] = [left, right].map((side) =>
    [...sourcesOf(side, id)]
      .map(([source, version]) => (again.has(source) ? source : formatRef(source, version)))
      .sort(),
  );
  if (older?.join() === younger?.join()) return undefined;
  return differenceAt('derivedFrom', older, younger);
};

const inOrder = <T extends { readonly id: string }>(
  rows: readonly T[],
  by: (row: T) => string,
): T[] =>
  [...rows].sort((a, b) => {
    const [first, second] = [`${by(a)} ${a.id}`, `${by(b)} ${b.id}`];
    return first < second ? -1 : Number(first > second);
  });
