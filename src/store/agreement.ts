import type { Claim, Contract } from '../model/contract/contract.ts';
import { isContractEventType, statusOf } from '../model/contract/status.ts';
import type { Artifact, Edge, Entities, Kind } from '../model/entity.ts';
import { formatRef } from '../model/names.ts';
import type { Facts } from './index/facts.ts';
import type { CommitRecord } from './index/records.ts';
import type { Place } from './layout.ts';

/** The line as it was before the commit. */
type Before = { readonly facts: Facts; readonly line: string };

type EntityPlace = Extract<Place, { part: 'entity' }>;

/**
 * Why a file says something else than its path and its commit; undefined when they agree. The index believes the commit's message, readers
 * of the file believe the file: whoever reads must learn the same.
 */
export const whyDisagrees = (
  path: string,
  { kind, id }: EntityPlace,
  value: Entities[Kind],
  record: CommitRecord,
  before: Before,
): string | undefined => {
  if (kind === 'artifact') return whyOtherVersion(path, id, value as Artifact, record);
  if (kind === 'contract') {
    const contract = value as Contract;
    if (contract.id !== id) return `${path} says ${contract.id}`;
    return (
      whyOtherStatus(path, contract, record, before) ??
      whyOtherClaim(path, contract, record, before)
    );
  }
  const name =
    kind === 'agent'
      ? (value as Entities['agent']).name
      : kind === 'type'
        ? (value as Entities['type']).type
        : kind === 'pipeline'
          ? (value as Entities['pipeline']).id
          : id;
  return name === id ? undefined : `${path} says ${name}`;
};

/** The file has the status that the commit's last event of the contract left, or the one it had before. */
const whyOtherStatus = (
  path: string,
  { id, status }: Contract,
  { message }: CommitRecord,
  { facts, line }: Before,
): string | undefined => {
  const told = message.happened.flatMap(({ type, subject, status: stated }) =>
    subject === id && isContractEventType(type) ? (statusOf(type, stated) ?? []) : [],
  );
  const last = told.at(-1) ?? facts.contracts.lastStatus(line, id);
  return last === status ? undefined : `${path} says ${status}, and its events ${last}`;
};

/** Its claim is the one that was made last, by whom and by which operation the history tells: nobody else's token is good. */
const whyOtherClaim = (
  path: string,
  { id, status, claim }: Contract,
  { author, message }: CommitRecord,
  { facts, line }: Before,
): string | undefined => {
  if (!claim)
    return status === 'in_progress' ? `${path} is in progress without a claim` : undefined;
  const own = message.happened.filter(({ subject }) => subject === id).map(({ type }) => type);
  const here = own.includes('contract-claimed');
  const last = facts.contracts
    .moves(line, id)
    .findLast(({ event }) => event === 'contract-claimed' || event === 'contract-restored');
  // What was restored may go on with an earlier claim, or with one of the line that was taken over.
  const back = own.includes('contract-restored') || last?.event === 'contract-restored';
  const proven = here
    ? claim.token === message.op && claim.agent === author
    : back
      ? isClaimOf(facts, id, claim)
      : facts.operation(claim.token) === last?.commit && claim.agent === last?.by;
  return proven ? undefined : `${path} says a claim by ${claim.agent} that no event tells of`;
};

/** Whether the operation that a claim names is one by which this agent claimed this contract. */
const isClaimOf = (facts: Facts, id: string, { token, agent }: Claim): boolean => {
  const oid = facts.operation(token);
  const place = oid === undefined ? undefined : facts.place(oid);
  const entry = place && facts.entry(place.line, place.position);
  return entry?.agent === agent && entry.events.includes(`contract-claimed ${id}`);
};

const whyOtherVersion = (
  path: string,
  id: string,
  artifact: Artifact,
  { author, message }: CommitRecord,
): string | undefined => {
  const ref = formatRef(artifact.id, artifact.version);
  // Of several versions in one commit the file is the last. A quarantine names none: it brings back files of earlier commits.
  const told = message.artifacts.findLast((line) => line.ref.startsWith(`${id}@`));
  if (artifact.id !== id || (told && told.ref !== ref)) return `${path} says ${ref}`;
  if (!told) return undefined;
  if (artifact.type !== told.type) return `${path} says type ${artifact.type}`;
  if (artifact.publisher !== author) return `${path} says publisher ${artifact.publisher}`;
  const said = edgesOf(artifact.derivedFrom ?? []);
  return said === edgesOf(told.derivedFrom)
    ? undefined
    : `${path} says derivedFrom ${said === '' ? 'nothing' : said}`;
};

const edgesOf = (edges: readonly Edge[]): string =>
  edges.map(({ ref, how, older }) => `${ref} (${how}${older ? ', older' : ''})`).join(', ');
