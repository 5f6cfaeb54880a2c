import type { Contract, Status } from '../contract/contract.ts';
import { outputsOf } from '../contract/contract.ts';
import type { Json } from '../json.ts';
import { differing } from './differences.ts';
import type { Differing } from './differences.ts';
import { changeOf, paired } from './side.ts';
import type { Both, Change, ContractSide, Side, Spent, Step } from './side.ts';

/** How far a contract is on one side. */
export type ContractState = {
  readonly status: Status;
  /** How often work on it began. */
  readonly attempts: number;
  /** From the first claim to the completion. */
  readonly seconds?: number;
  readonly agent?: string;
  readonly outputs: readonly string[];
  readonly spent?: Spent;
};

export type ContractRow = Both<ContractState> & {
  readonly id: string;
  readonly change: Change;
  /** Where what was agreed differs; empty for one that only one side has. */
  readonly agreement: readonly Differing[];
};

/** What was agreed, what says most about the work first. */
const task = [
  'inputs',
  'description',
  'title',
  'expectedOutputs',
  'dependencies',
  'accept',
] as const satisfies readonly (keyof Contract)[];
/** What was agreed of who does it, and of its bounds. */
const terms = [
  'assignee',
  'assigner',
  'priority',
  'maxAttempts',
  'leaseSeconds',
  'budget',
] as const satisfies readonly (keyof Contract)[];

type Agreed = readonly (keyof Contract)[];

/** Inputs that are given on one side only differ in what they say, such as inputs.context. */
const agreedOf = (contract: Contract, keys: Agreed): Json =>
  Object.fromEntries(
    keys.flatMap((key) => {
      const value = contract[key] ?? (key === 'inputs' ? {} : undefined);
      return value === undefined ? [] : [[key, value as Json]];
    }),
  );

const agreedIn = (left: Contract, right: Contract, keys: Agreed): Differing[] => {
  const found = differing(agreedOf(left, keys), agreedOf(right, keys));
  const place = ({ path }: Differing): number => keys.findIndex((key) => belongs(path, key));
  return found.sort((a, b) => place(a) - place(b));
};

const belongs = (path: string, key: string): boolean =>
  path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`);

/** Whether a difference is one of the task itself. */
export const isOfTask = ({ path }: Differing): boolean => task.some((key) => belongs(path, key));

/** The contracts of both sides. Those that are the same are among them where they were read. */
export const compareContracts = (left: Side, right: Side): ContractRow[] =>
  paired(left.listing.contract, right.listing.contract).flatMap(({ id, ...files }) => {
    const [before, after] = [left.contracts.get(id), right.contracts.get(id)];
    if (!before && !after) return [];
    const agreement =
      before && after
        ? [
            ...agreedIn(before.contract, after.contract, task),
            ...agreedIn(before.contract, after.contract, terms),
          ]
        : [];
    return [
      { id, change: changeOf(files), left: stateOf(before), right: stateOf(after), agreement },
    ];
  });

const stateOf = (side: ContractSide | undefined): ContractState | null => {
  if (!side) return null;
  const { contract, steps, spent } = side;
  const { status, claim, assignee } = contract;
  const agent = claim?.agent ?? assignee;
  const seconds = status === 'completed' ? durationOf(steps) : undefined;
  return {
    status,
    attempts: attemptsIn(steps),
    ...(seconds !== undefined && { seconds }),
    ...(agent !== undefined && { agent }),
    outputs: outputsOf(contract).map(({ ref }) => ref),
    ...(spent && { spent }),
  };
};

/** A claim right after a release, or of what was parked, goes on with the same attempt. */
const attemptsIn = (steps: readonly Step[]): number => {
  let released = false;
  let attempts = 0;
  for (const { event } of steps) {
    if (event === 'contract-claimed' && !released) attempts += 1;
    if (event === 'contract-claimed' || event === 'contract-renewed') released = false;
    if (event === 'contract-released' || event === 'contract-parked') released = true;
  }
  return attempts;
};

const durationOf = (steps: readonly Step[]): number | undefined => {
  const first = steps.find(({ event }) => event === 'contract-claimed');
  const last = steps.findLast(({ event }) => event === 'contract-completed');
  if (!first || !last) return undefined;
  return Math.max(0, (Date.parse(last.time) - Date.parse(first.time)) / 1000);
};
