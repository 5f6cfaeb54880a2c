import type { Types } from '../artifact.ts';
import { ConcordError, invalid } from '../error.ts';
import { parseRef } from '../names.ts';
import { nearest, shown } from '../text.ts';
import type { View } from '../view.ts';
import type { Contract } from './contract.ts';
import { artifactDependencies, contractDependencies } from './dependency.ts';
import { idOfPlace, lists } from './keys.ts';

type Made = ReadonlyMap<string, Contract>;

/** Whether all that a contract names is there, or made with it; throws NOT_FOUND or INVALID with the name. */
export const checkReferences = (
  view: View,
  contract: Contract,
  made: Made,
  types: Pick<Types, 'shipped'>,
): void => {
  const { id } = contract;
  for (const other of contractDependencies(contract))
    if (!made.has(other)) checkThere(view, id, other, made);
  for (const text of contract.inputs?.artifacts ?? []) {
    const { id: artifactId, version } = parseRef(text, `${id}: inputs.artifacts`);
    if (version !== undefined && !view.has(artifactId, version))
      throw new ConcordError(
        'NOT_FOUND',
        `${id} names ${shown(text)} among its inputs, which does not exist on this line; nothing was created.`,
        { hint: 'Without a version an input may still be to come: the contract waits for it.' },
      );
  }
  for (const { artifactType, artifactId } of contract.expectedOutputs ?? []) {
    checkType(view, `${id}: expectedOutputs`, artifactType, types);
    const kept = artifactId === undefined ? undefined : view.typeOf(artifactId);
    if (kept !== undefined && kept !== artifactType)
      throw invalid(
        `${id}: expectedOutputs`,
        `of type ${kept}, which ${artifactId} has`,
        artifactType,
      );
  }
  for (const { artifactType } of artifactDependencies(contract))
    if (artifactType !== undefined) checkType(view, `${id}: dependencies`, artifactType, types);
};

const checkThere = (view: View, id: string, other: string, made: Made): void => {
  const contract = view.contract(other);
  if (!contract) throw unknownContract(id, other, made);
  if (contract.status === 'cancelled')
    throw invalid(
      `${id}: dependencies`,
      'on contracts that can be completed',
      `${other}, which is cancelled`,
    );
};

const unknownContract = (id: string, other: string, made: Made): ConcordError => {
  const near = nearest(other, [...made.keys()]);
  return new ConcordError(
    'NOT_FOUND',
    `${id} depends on ${shown(other)}, and there is no such contract; nothing was created.`,
    {
      hint: near ? `Did you mean ${near}?` : 'Create it first, or in the same plan.',
      next: { operation: 'contract_get', input: {} },
    },
  );
};

const checkType = (
  view: View,
  field: string,
  type: string,
  types: Pick<Types, 'shipped'>,
): void => {
  if (types.shipped.includes(type) || view.registeredType(type)) return;
  const near = nearest(type, types.shipped);
  throw invalid(field, 'of known types', shown(type), {
    hint: `${near ? `Did you mean ${near}? ` : ''}Known types: ${types.shipped.join(', ')}, and what the team registered.`,
    next: { operation: 'type_list', input: {} },
  });
};

/**
 * Refuses contracts that would wait for each other: through contracts, or through an artifact that another one is to publish. What was
 * there before has no cycle, so each one leads through something new.
 */
export const checkCycles = (view: View, made: Made): void => {
  const producers = new Map<string, string[]>();
  for (const { id, expectedOutputs = [] } of made.values())
    for (const { artifactId } of expectedOutputs)
      if (artifactId !== undefined)
        producers.set(artifactId, [...(producers.get(artifactId) ?? []), id]);
  const needs = (id: string): string[] => {
    const contract = made.get(id) ?? view.contract(id);
    if (!contract) return [];
    const given = new Set(contract.inputs?.artifacts ?? []);
    // An input that is there already is not waited for: who revises an artifact reads it and makes it.
    const artifacts = artifactDependencies(contract).flatMap(({ artifactId, minVersion, where }) =>
      artifactId === undefined ||
      (given.has(artifactId) && !minVersion && !where && view.latest(artifactId))
        ? []
        : [artifactId],
    );
    return [
      ...contractDependencies(contract),
      ...artifacts.flatMap((artifact) => [
        ...(producers.get(artifact) ?? []),
        ...[...view.places(lists.makes(artifact))]
          .map(idOfPlace)
          .filter((other) => !made.has(other)),
      ]),
    ];
  };
  const cycle = findCycle([...made.keys()], needs);
  if (cycle)
    throw new ConcordError(
      'INVALID',
      `These contracts would wait for each other for ever: ${cycle.join(' -> ')}; nothing was created.`,
      { hint: 'An arrow means "waits for". Leave out one of these dependencies.' },
    );
};

/** Depth first, without recursion: a chain may be as long as the store is large. */
const findCycle = (
  starts: readonly string[],
  needs: (id: string) => readonly string[],
): string[] | undefined => {
  const done = new Set<string>();
  for (const start of starts) {
    const path: string[] = [];
    const onPath = new Set<string>();
    const stack: { id: string; leave: boolean }[] = [{ id: start, leave: false }];
    for (let next = stack.pop(); next; next = stack.pop()) {
      const { id, leave } = next;
      if (leave) {
        path.pop();
        onPath.delete(id);
        done.add(id);
      } else if (onPath.has(id)) return [...path.slice(path.indexOf(id)), id];
      else if (!done.has(id)) {
        path.push(id);
        onPath.add(id);
        stack.push({ id, leave: true }, ...needs(id).map((other) => ({ id: other, leave: false })));
      }
    }
  }
  return undefined;
};
