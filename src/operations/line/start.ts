import { budgetId } from '../../model/budget/budget.ts';
import { ConcordError, invalid } from '../../model/error.ts';
import type { JsonObject } from '../../model/json.ts';
import { planReplay } from '../../model/line/replay.ts';
import type { ReplayPlan } from '../../model/line/replay.ts';
import { checkLine } from '../../model/names.ts';
import { shown } from '../../model/text.ts';
import { Transaction } from '../../model/transaction.ts';
import type { Facts } from '../../store/index/facts.ts';
import { touchedSince } from '../../store/past.ts';
import { lookBack } from '../../store/look-back.ts';
import type { Store } from '../../store/store.ts';
import { readJsonObject } from '../file.ts';
import type { Context } from '../operation.ts';
import { shippedTypes } from '../types.ts';
import { pointAt } from '../point.ts';
import type { Point } from '../point.ts';
import { withSettings } from './settings.ts';

export type StartRequest = {
  readonly snapshot?: string | undefined;
  readonly name?: string | undefined;
  readonly overrides?: Readonly<Record<string, unknown>> | undefined;
  readonly file?: string | undefined;
  readonly set?: readonly string[] | undefined;
  readonly reason?: string | undefined;
  readonly dryRun?: boolean | undefined;
};

export type Started = {
  readonly kind: 'started';
  readonly name: string;
  readonly line: string;
  readonly from: { readonly name: string; readonly line: string; readonly commit: string };
  /** Null for a dry run. */
  readonly commit: string | null;
  readonly reset: readonly string[];
  readonly why: ReplayPlan['reset'];
  readonly changed: ReplayPlan['changed'];
  readonly reused: readonly string[];
};

/** Begins a replay at a point of the history, or says how it would begin. */
export const startReplay = async (request: StartRequest, context: Context): Promise<Started> => {
  const { snapshot, reason, dryRun } = request;
  if (snapshot === undefined) throw invalid('snapshot', 'given', 'nothing');
  const [store, agent] = await Promise.all([context.store(), context.agent()]);
  const from = await pointAt(store, snapshot, context.line);
  const line = await freeLine(store, request.name, from);
  const given = await overridesOf(request, context);
  const plan = (transaction: Transaction, facts: Facts): ReplayPlan => {
    const { view } = transaction;
    const overrides = withSettings(view, given, request.set ?? []);
    const { budget: another, types } = touchedSince(facts, from.line, from.position);
    const budget = another ? facts.entity('main', 'budget', budgetId) : undefined;
    const origin = { name: from.name, commit: from.commit };
    const wanted = { line, from: origin, overrides, reason, budget };
    const registered = [...types].flatMap((id) => facts.entity(from.line, 'type', id) ?? []);
    const planned = planReplay(
      view,
      { ...wanted, registered },
      { shipped: shippedTypes },
      transaction.circumstances,
    );
    transaction.change(planned.events);
    return planned;
  };
  const said = { kind: 'started' as const, name: line.slice('replay/'.length), line, from };
  if (dryRun) {
    const planned = await lookBack(store, from, (then, _now, _past, facts) => {
      const transaction = new Transaction(then, store.circumstances(agent));
      return plan(transaction, facts);
    });
    return { ...said, commit: null, ...outcome(planned) };
  }
  const built = await store.start({ agent, line }, from, plan);
  return { ...said, commit: built.record.oid, ...outcome(built.result) };
};

const outcome = ({
  reset,
  changed,
  reused,
}: ReplayPlan): Pick<Started, 'reset' | 'why' | 'changed' | 'reused'> => ({
  reset: reset.map(({ id }) => id),
  why: reset,
  changed,
  reused,
});

/** The file's, then those that were given with the call. */
const overridesOf = async (
  { overrides = {}, file }: StartRequest,
  context: Context,
): Promise<JsonObject> => ({
  ...(file === undefined ? {} : await readJsonObject(context, file, 'file')),
  ...(overrides as JsonObject),
});

/** The name that was asked for, or that of the snapshot; a line's name is used once. */
const freeLine = async (store: Store, asked: string | undefined, from: Point): Promise<string> => {
  const known = await store.read('main', (facts) => [
    ...facts.lines.forks().map(({ replay }) => replay),
    ...facts.lines.closings().map(({ line }) => line),
  ]);
  const isFree = async (line: string): Promise<boolean> =>
    !known.includes(line) && (await store.tip(line)) === undefined;
  if (asked !== undefined) {
    const line = checkLine(`replay/${asked.replace(/^replay\//, '')}`);
    if (await isFree(line)) return line;
    throw new ConcordError('CONFLICT', `There is, or was, a line ${line}; nothing was done.`, {
      hint: 'A name stands for one replay for ever: take another one.',
      next: { operation: 'team_replay', input: { action: 'list' } },
    });
  }
  const base = from.name.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'replay';
  for (let number = 1; ; number += 1) {
    const line = checkLine(`replay/${base.slice(0, 50)}${number === 1 ? '' : `-${number}`}`);
    if (await isFree(line)) return line;
    if (number > 1000) throw invalid('name', 'given', shown(base));
  }
};
