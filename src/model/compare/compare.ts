import type { Kind } from '../entity.ts';
import { compareArtifacts } from './artifacts.ts';
import type { ArtifactRow } from './artifacts.ts';
import { compareContracts } from './contracts.ts';
import type { ContractRow } from './contracts.ts';
import { changeOf, paired } from './side.ts';
import type { Activity, Both, Change, Side, Spent } from './side.ts';
import { compareTests } from './tests.ts';
import type { Tests } from './tests.ts';
import { whyOf } from './why.ts';
import type { Why } from './why.ts';

export type ActivityRow = Both<Activity> & { readonly agent: string };

/** A pipeline, a type or an agent, of which only is told that it differs. */
export type OtherRow = { readonly kind: Kind; readonly id: string; readonly change: Change };

/** How many of a kind are the same, and how many are not. */
export type Counts = { readonly same: number; readonly different: number };

export type Comparison = {
  /** Whether every file is. */
  readonly same: boolean;
  readonly why: Why | null;
  readonly counts: { readonly contracts: Counts; readonly artifacts: Counts };
  readonly contracts: readonly ContractRow[];
  readonly artifacts: readonly ArtifactRow[];
  readonly tests: Tests;
  readonly agents: readonly ActivityRow[];
  readonly others: readonly OtherRow[];
  readonly spent?: { readonly left?: Spent; readonly right?: Spent };
};

/** Two states, compared. Without `all`, only what differs is told of; what is the same is counted. */
export const compare = (left: Side, right: Side, all = false): Comparison => {
  const contracts = compareContracts(left, right);
  const artifacts = compareArtifacts(left, right);
  const tests = compareTests(left, right);
  const told = ({ change }: { readonly change: string }): boolean => all || change !== 'same';
  const spent = both(left.spent, right.spent);
  return {
    same: kinds.every((kind) => countsOf(left, right, kind).different === 0),
    why: whyOf(left, right, { contracts, artifacts }),
    counts: {
      contracts: countsOf(left, right, 'contract'),
      artifacts: countsOf(left, right, 'artifact'),
    },
    contracts: contracts.filter(told),
    artifacts: artifacts.filter(told),
    tests: { ...tests, results: tests.results.filter(told) },
    agents: paired(left.activity, right.activity).map(({ id, ...rest }) => ({
      agent: id,
      ...rest,
    })),
    others: otherRows(left, right).filter(told),
    ...(spent && { spent }),
  };
};

const kinds = [
  'contract',
  'artifact',
  'pipeline',
  'type',
  'agent',
  'concord',
] as const satisfies readonly Kind[];

const changes = (left: Side, right: Side, kind: Kind): Change[] =>
  paired(left.listing[kind], right.listing[kind]).map(changeOf);

const countsOf = (left: Side, right: Side, kind: Kind): Counts => {
  const all = changes(left, right, kind);
  const same = all.filter((change) => change === 'same').length;
  return { same, different: all.length - same };
};

const otherRows = (left: Side, right: Side): OtherRow[] =>
  (['pipeline', 'type', 'agent', 'concord'] as const).flatMap((kind) =>
    paired(left.listing[kind], right.listing[kind]).map((row) => ({
      kind,
      id: row.id,
      change: changeOf(row),
    })),
  );

const both = (left: Spent | undefined, right: Spent | undefined): Comparison['spent'] =>
  left || right ? { ...(left && { left }), ...(right && { right }) } : undefined;
