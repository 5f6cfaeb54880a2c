import { changeOf, paired } from '../../model/compare/side.ts';
import type { ArtifactSide, ContractSide, Side } from '../../model/compare/side.ts';
import { testResults } from '../../model/compare/tests.ts';
import type { Contract } from '../../model/contract/contract.ts';
import type { Artifact } from '../../model/entity.ts';
import type { Facts } from '../../store/index/facts.ts';
import type { Store } from '../../store/store.ts';
import { readEntities, readTreeState } from '../../store/tree-state.ts';
import type { TreeState } from '../../store/tree-state.ts';
import type { Point } from '../point.ts';
import { activityOf, partedAt, stepsOf } from './past.ts';

/** So many files of a kind are read because they differ, and so many others beside them. */
const readAtMost = { artifact: 500, contract: 2_000 } as const;

export type Sides = {
  readonly left: Side;
  readonly right: Side;
  /** Artifacts that differ, and were not read because they are too many. */
  readonly unread: number;
};

/** Both states, each from git at its commit; what led there from the index. */
export const readSides = async (
  store: Store,
  left: Point,
  right: Point,
  all: boolean,
): Promise<Sides> => {
  const [before, after, parted] = await Promise.all([
    readTreeState(store.repository, left.commit),
    readTreeState(store.repository, right.commit),
    partedAt(store, left, right),
  ]);
  const types = await store.read('main', (facts) => typesOf(facts, before, after));
  const artifacts = wanted(before, after, 'artifact', (id) => all || types.get(id) === testResults);
  // Those that are the same can lie between two that differ: then they tell which of these is upstream.
  const between = changedOnBoth(before, after);
  const contracts = wanted(before, after, 'contract', () => all || between);
  const read = {
    contracts: await readEntities(
      store.objects,
      'contract',
      filesOf(before, after, 'contract', contracts.ids),
    ),
    artifacts: await readArtifacts(store, filesOf(before, after, 'artifact', artifacts.ids)),
  };
  const side = (point: Point, state: TreeState): Promise<Side> =>
    store.read(point.line, (facts) => sideOf({ facts, point, parted }, state, read));
  return {
    left: await side(left, before),
    right: await side(right, after),
    unread: artifacts.unread,
  };
};

const typesOf = (facts: Facts, left: TreeState, right: TreeState): ReadonlyMap<string, string> =>
  new Map(
    paired(left.entities.artifact, right.entities.artifact).flatMap(({ id }) => {
      const type = facts.typeOf(id);
      return type === undefined ? [] : [[id, type] as const];
    }),
  );

type Wanted = { readonly ids: ReadonlySet<string>; readonly unread: number };

/** The names to read: those that differ, and of the others those that are asked for, as far as there is room. */
const wanted = (
  left: TreeState,
  right: TreeState,
  kind: 'artifact' | 'contract',
  also: (id: string) => boolean,
): Wanted => {
  const rows = paired(left.entities[kind], right.entities[kind]);
  const differ = rows.filter((row) => changeOf(row) !== 'same');
  const same = rows.filter((row) => changeOf(row) === 'same' && also(row.id));
  const limit = readAtMost[kind];
  return {
    ids: new Set([...differ.slice(0, limit), ...same.slice(0, limit)].map(({ id }) => id)),
    unread: Math.max(0, differ.length - limit),
  };
};

const changedOnBoth = (left: TreeState, right: TreeState): boolean =>
  paired(left.entities.contract, right.entities.contract).some(
    (row) => changeOf(row) === 'changed',
  );

const filesOf = (
  left: TreeState,
  right: TreeState,
  kind: 'artifact' | 'contract',
  ids: ReadonlySet<string>,
): (readonly [string, string])[] =>
  [left, right].flatMap(({ entities }) => [...entities[kind]].filter(([id]) => ids.has(id)));

const readArtifacts = async (
  store: Store,
  files: readonly (readonly [string, string])[],
): Promise<ReadonlyMap<string, Artifact>> => {
  const blobs = [...new Set(files.map(([, oid]) => oid))];
  const artifacts = await Promise.all(blobs.map((blob) => store.artifact(blob)));
  return new Map(artifacts.map((artifact, at) => [blobs[at] ?? '', artifact]));
};

type Looking = { readonly facts: Facts; readonly point: Point; readonly parted: number };

type Read = {
  readonly contracts: ReadonlyMap<string, Contract>;
  readonly artifacts: ReadonlyMap<string, Artifact>;
};

const sideOf = (
  { facts, point, parted }: Looking,
  { entities, attachments }: TreeState,
  read: Read,
): Side => {
  const spending = facts.budgets.spending(point.line, point.position);
  const known = new Map(spending.contracts());
  const contractSide = (contract: Contract): ContractSide => {
    const spent = known.get(contract.id);
    return { contract, steps: stepsOf(facts, point, contract.id), ...(spent && { spent }) };
  };
  const artifactSide = (artifact: Artifact): ArtifactSide => ({
    artifact,
    attachments: attachments.get(artifact.id) ?? {},
  });
  return {
    listing: entities,
    contracts: mapped(entities.contract, read.contracts, contractSide),
    artifacts: mapped(entities.artifact, read.artifacts, artifactSide),
    activity: activityOf(facts, point, parted),
    ...(Object.keys(spending.total()).length > 0 && { spent: spending.total() }),
  };
};

/** Those of the names whose files were read. */
const mapped = <T, U>(
  names: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, T>,
  make: (file: T) => U,
): ReadonlyMap<string, U> =>
  new Map(
    [...names].flatMap(([id, oid]) => {
      const file = files.get(oid);
      return file === undefined ? [] : [[id, make(file)] as const];
    }),
  );
