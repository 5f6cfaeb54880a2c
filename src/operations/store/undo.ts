import { ConcordError } from '../../model/error.ts';
import { oneLine } from '../../model/text.ts';
import type { Facts } from '../../store/index/facts.ts';
import type { Entry } from '../../store/index/records.ts';
import type { Store } from '../../store/store.ts';
import { age } from '../age.ts';
import { isQuiet } from '../log/find.ts';
import { defineOperation } from '../operation.ts';
import type { Context, Speak } from '../operation.ts';
import type { Point } from '../point.ts';
import { line } from '../schema.ts';
import type { Input } from '../schema.ts';
import { goBack, wayLines } from './rollback.ts';
import type { RollbackOutput } from './rollback.ts';

const schema = {
  type: 'object',
  properties: {
    dryRun: { type: 'boolean', description: 'Only say what would be taken back.' },
    line,
  },
  additionalProperties: false,
} as const;

/** The transaction that is taken back. */
type Undone = Pick<Entry, 'agent' | 'subject' | 'time'> & { readonly commit: string };

type UndoOutput = RollbackOutput & { readonly undone: Undone };

type Placed = Entry & { readonly position: number };

const run = async (input: Input<typeof schema>, context: Context): Promise<UndoOutput> => {
  const [store, agent] = await Promise.all([context.store(), context.agent()]);
  const { last, before, tip } = await lastOf(store, context.line, agent);
  const { oid: commit, agent: by, subject, time } = last;
  const short = before.oid.slice(0, 12);
  const to: Point = {
    name: short,
    line: context.line,
    position: before.position,
    commit: before.oid,
    git: short,
  };
  const check = (facts: Facts): void => checkTip(facts, context.line, tip);
  const reason = `undo of ${oneLine(subject, 200)}`;
  const gone = await goBack(store, agent, { to, reason, dryRun: input.dryRun, undo: true, check });
  return { ...gone, undone: { commit, agent: by, subject, time } };
};

/** The last transaction of a line, and where the line stood before it; refused where it is not this agent's to take back. */
const lastOf = (
  store: Store,
  name: string,
  agent: string,
): Promise<{ readonly last: Placed; readonly before: Placed; readonly tip: string }> =>
  store.read(name, (facts) => {
    const head = facts.head(name);
    if (!head || head.illegal)
      throw new ConcordError(
        'NOT_ALLOWED',
        `The newest commits of ${name} break the rules and were never applied; nothing was undone.`,
        { hint: 'The next write sets them aside.', next: 'concord doctor' },
      );
    // Who only renews a claim builds on nothing.
    const [last, before] = latest(facts, name);
    if (!last || !before) throw firstOf(name);
    checkKind(name, last);
    const lead = facts.entity(name, 'concord', 'concord')?.lead;
    if (last.agent !== agent && agent !== lead) throw notYours(last, agent, lead);
    const child = facts.lines
      .forks()
      .find((fork) => fork.line === name && fork.position >= last.position);
    if (child && facts.lines.open()?.names.includes(child.replay)) throw builtOn(child.replay);
    return { last, before, tip: head.oid };
  });

/** So many are looked at for one that did something. */
const searched = 500;

const latest = (facts: Facts, name: string): readonly Placed[] => {
  const applied = facts.entries(name, { limit: searched }).filter(({ refused }) => !refused);
  const at = applied.findIndex((entry) => entry.events.length > 0 && !isQuiet(entry));
  return at < 0 ? [] : applied.slice(at, at + 2);
};

const typesOf = ({ events }: Entry): readonly string[] =>
  events.map((event) => event.split(' ', 1)[0] ?? '').filter((type) => type !== 'agent-registered');

/** What has a way back of its own, or none at all. */
const ownWays: Readonly<Record<string, string>> = {
  'snapshot-created': 'A snapshot changes nothing: there is nothing to take back.',
  'replay-started': 'A replay that is not wanted is dropped: replay drop.',
  'replay-adopted': 'Go back to the snapshot that it took: rollback.',
  'replay-dropped': 'What was dropped is gone.',
};

const checkKind = (name: string, entry: Placed): void => {
  const types = typesOf(entry);
  const said = oneLine(entry.subject, 120);
  const [first = ''] = types;
  if (first === 'store-created') throw firstOf(name);
  const own = Object.hasOwn(ownWays, first) ? ownWays[first] : undefined;
  const undoable = types.some(
    (type) => /^(contract|artifact|pipeline)-/.test(type) || type === 'line-rolled-back',
  );
  if (own === undefined && undoable) return;
  throw new ConcordError(
    'NOT_ALLOWED',
    `The last transaction of ${name} cannot be undone: "${said}".`,
    {
      hint: own ?? 'Messages, agents, types, budgets and what was spent stay once they are there.',
      next: { operation: 'log_show', input: { limit: 5 } },
    },
  );
};

const firstOf = (name: string): ConcordError =>
  new ConcordError(
    'NOT_ALLOWED',
    `Nothing has happened on ${name} but that it was made; there is nothing to undo.`,
    { next: { operation: 'team_status', input: {} } },
  );

const notYours = (last: Placed, agent: string, lead: string | undefined): ConcordError =>
  new ConcordError(
    'NOT_ALLOWED',
    `The last transaction is not ${agent}'s: "${oneLine(last.subject, 120)}"; nothing was undone.`,
    {
      hint: `It can be undone by ${last.agent}${lead === undefined ? '' : ` and the lead, ${lead}`}.`,
      next: { operation: 'log_show', input: { limit: 5 } },
    },
  );

const builtOn = (replay: string): ConcordError =>
  new ConcordError('NOT_ALLOWED', `${replay} begins there; nothing was undone.`, {
    hint: 'Somebody has built on it. A rollback takes it back all the same.',
    next: { operation: 'team_replay', input: { action: 'list' } },
  });

const checkTip = (facts: Facts, name: string, tip: string): void => {
  if (facts.head(name)?.oid === tip) return;
  throw new ConcordError('CONFLICT', `${name} has just moved on; nothing was undone.`, {
    hint: 'Look at what happened before you undo it.',
    next: { operation: 'log_show', input: { limit: 5 } },
  });
};

const render = (output: UndoOutput, speak: Speak): string => {
  const { undone, commit } = output;
  const what = `${oneLine(undone.subject, 160)}  ${undone.commit.slice(0, 12)}, ${age(undone.time, speak.now)}`;
  const dry = commit === null;
  return [
    speak.strong(dry ? `Would take back: ${what}; nothing was written.` : `Took back: ${what}.`),
    ...wayLines(output, speak),
    '',
    `Next: ${speak.call(
      dry ? { operation: 'undo', input: {} } : { operation: 'team_status', input: {} },
    )}${dry ? '' : '   # undo again brings it back'}`,
  ].join('\n');
};

export const undo = defineOperation({
  name: 'undo',
  summary: 'Take back the last transaction of the line, if nobody has built on it.',
  details:
    'In one new commit, as rollback does; claims on other contracts stay. Only your own, unless you are the lead. Undo again brings it back.',
  input: schema,
  profile: 'cli',
  commands: [{ path: 'undo', examples: ['concord undo --dry-run', 'concord undo'] }],
  run,
  render,
});
