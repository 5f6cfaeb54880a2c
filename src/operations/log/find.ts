import { isContractEventType } from '../../model/contract/status.ts';
import type { Facts } from '../../store/index/facts.ts';
import type { Placed } from './entry.ts';

/** Which transactions of a line are wanted. */
export type Wanted = {
  readonly line: string;
  /** Positions after this one, up to that one. */
  readonly after: number;
  readonly upTo: number;
  readonly oldestFirst: boolean;
  readonly limit: number;
  readonly agent?: string | undefined;
  readonly contract?: string | undefined;
  readonly artifact?: { readonly id: string; readonly version?: number } | undefined;
  readonly event?: string | undefined;
  /** Those too that only renew a claim or register an agent. */
  readonly all: boolean;
};

export type Found = {
  readonly entries: readonly Placed[];
  /** How many were passed over because they only renew a claim or register an agent. */
  readonly hidden: number;
  /** Where the next page goes on; undefined when nothing is left. */
  readonly cursor?: number;
  /** How many transactions lie behind the cursor, whether they match or not. */
  readonly left: number;
};

/** So many are looked at in one call at most. */
export const looked = 100_000;
const readAtOnce = 256;

export const find = (facts: Facts, wanted: Wanted): Found => {
  const places = placesOf(facts, wanted);
  const source = places ? atPlaces(facts, wanted.line, places) : allEntries(facts, wanted);
  const entries: Placed[] = [];
  let [hidden, steps, last, more] = [0, 0, 0, false];
  for (const entry of source) {
    more = steps === looked;
    if (more) break;
    if (matches(entry, wanted)) {
      more = entries.length === wanted.limit;
      if (more) break;
      entries.push(entry);
    } else if (isQuiet(entry) && matches(entry, { ...wanted, all: true })) hidden += 1;
    last = entry.position;
    steps += 1;
  }
  if (!more) return { entries, hidden, left: 0 };
  return { entries, hidden, cursor: last, left: leftBehind(last, places, wanted) };
};

const leftBehind = (
  last: number,
  places: readonly number[] | undefined,
  { after, upTo, oldestFirst }: Wanted,
): number => {
  if (places) return places.filter((at) => (oldestFirst ? at > last : at < last)).length;
  return oldestFirst ? upTo - last : last - 1 - after;
};

/** The positions that can match at all, in the order wanted, where the index knows them; undefined where any can. */
const placesOf = (
  facts: Facts,
  { line, contract, artifact, after, upTo, oldestFirst }: Wanted,
): readonly number[] | undefined => {
  const places =
    contract === undefined
      ? artifact &&
        facts.versions(artifact.id).flatMap((fact) => (fact.line === line ? [fact.position] : []))
      : facts.contracts.positions(line, contract);
  const within = places && [...new Set(places)].filter((at) => at > after && at <= upTo);
  return within?.sort((a, b) => (oldestFirst ? a - b : b - a));
};

function* atPlaces(facts: Facts, line: string, places: readonly number[]): Generator<Placed> {
  for (const position of places) {
    const entry = facts.entry(line, position);
    if (entry) yield { ...entry, position };
  }
}

function* allEntries(facts: Facts, { line, after, upTo, oldestFirst }: Wanted): Generator<Placed> {
  let from = oldestFirst ? after : upTo + 1;
  for (;;) {
    const range = oldestFirst ? { after: from } : { before: from };
    const page = facts.entries(line, { ...range, limit: readAtOnce });
    for (const entry of page) {
      if (entry.position > upTo || entry.position <= after) return;
      yield entry;
    }
    if (page.length < readAtOnce) return;
    from = page.at(-1)?.position ?? 0;
  }
}

const quiet = ['contract-renewed', 'agent-registered'];

/** What says nothing of the work: a claim is renewed, an agent was seen for the first time. */
export const isQuiet = ({ events, refused }: Placed): boolean =>
  !refused &&
  events.length > 0 &&
  events.every((event) => quiet.includes(event.split(' ', 1)[0] ?? ''));

export const matches = (entry: Placed, wanted: Wanted): boolean => {
  const { agent, contract, artifact, event, all } = wanted;
  if (agent !== undefined && entry.agent !== agent) return false;
  if (contract !== undefined && !entry.events.some((line) => isOfContract(line, contract)))
    return false;
  if (artifact !== undefined && !entry.events.some((line) => isOfArtifact(line, artifact)))
    return false;
  if (event !== undefined) return entry.events.some((line) => line.split(' ', 1)[0] === event);
  return all || !isQuiet(entry);
};

const isOfContract = (line: string, contract: string): boolean => {
  const [type = '', subject] = line.split(' ');
  return isContractEventType(type) && subject === contract;
};

const isOfArtifact = (line: string, { id, version }: NonNullable<Wanted['artifact']>): boolean => {
  const begin = `artifact-published ${id}@`;
  return version === undefined ? line.startsWith(begin) : line === `${begin}${version}`;
};
