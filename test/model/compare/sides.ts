import { compare } from '../../../src/model/compare/compare.ts';
import type { Comparison } from '../../../src/model/compare/compare.ts';
import type { Activity, Side, Spent, Step } from '../../../src/model/compare/side.ts';
import type { Contract } from '../../../src/model/contract/contract.ts';
import type { Artifact } from '../../../src/model/entity.ts';
import { addSeconds } from '../../../src/model/time.ts';
import { time } from '../../helpers/given.ts';

export type GivenContract = Partial<Contract> & {
  /** `claimed 0`, `completed 90`: what happened, and how many seconds after the beginning. */
  readonly steps?: readonly string[];
  readonly spent?: Spent;
};

export type GivenArtifact = Partial<Omit<Artifact, 'derivedFrom'>> & {
  readonly from?: readonly string[];
  readonly attachments?: Readonly<Record<string, string>>;
};

export type GivenSide = {
  readonly contracts?: Readonly<Record<string, GivenContract>>;
  readonly artifacts?: Readonly<Record<string, GivenArtifact>>;
  readonly activity?: Readonly<Record<string, Activity>>;
  readonly others?: Readonly<Record<string, string>>;
  readonly spent?: Spent;
};

const stepOf = (text: string): Step => {
  const [event = '', seconds = '0'] = text.split(' ');
  return { event: `contract-${event}`, time: addSeconds(time, Number(seconds)) };
};

const contractOf = (id: string, { steps: _steps, spent: _spent, ...fields }: GivenContract) => ({
  id,
  assigner: 'ann',
  created: time,
  maxAttempts: 3,
  leaseSeconds: 1800,
  status: 'ready' as const,
  attempt: 1,
  round: 1,
  ...fields,
});

const artifactOf = (id: string, { from, attachments: _files, ...fields }: GivenArtifact) => ({
  id,
  version: 1,
  type: 'document',
  publisher: 'api-dev',
  time,
  data: {},
  ...(from && { derivedFrom: from.map((ref) => ({ ref, how: 'declared' as const })) }),
  ...fields,
});

/** A side whose files are equal where what they hold is. */
export const side = (given: GivenSide): Side => {
  const { contracts = {}, artifacts = {}, activity = {}, others = {} } = given;
  const files = (entries: readonly (readonly [string, unknown])[]): ReadonlyMap<string, string> =>
    new Map(entries.map(([id, value]) => [id, JSON.stringify(value)]));
  const made = Object.entries(contracts).map(
    ([id, fields]) => [id, contractOf(id, fields), fields] as const,
  );
  const published = Object.entries(artifacts).map(
    ([id, fields]) => [id, artifactOf(id, fields), fields] as const,
  );
  return {
    listing: {
      contract: files(made.map(([id, value]) => [id, value])),
      artifact: files(published.map(([id, value]) => [id, value])),
      pipeline: new Map(Object.entries(others)),
      type: new Map(),
      agent: new Map(),
      concord: new Map(),
      budget: new Map(),
    },
    contracts: new Map(
      made.map(([id, contract, { steps = [], spent }]) => [
        id,
        { contract, steps: steps.map(stepOf), ...(spent && { spent }) },
      ]),
    ),
    artifacts: new Map(
      published.map(([id, artifact, { attachments = {} }]) => [id, { artifact, attachments }]),
    ),
    activity: new Map(Object.entries(activity)),
    ...(given.spent && { spent: given.spent }),
  };
};

/** Given two states, when they are compared. */
export const compared = (left: GivenSide, right: GivenSide, all?: boolean): Comparison =>
  compare(side(left), side(right), all);
