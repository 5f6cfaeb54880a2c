import { ConcordError, invalid } from '../../model/error.ts';
import { checkSnapshotName, takeSnapshot } from '../../model/line/snapshot.ts';
import { count, oneLine, shown } from '../../model/text.ts';
import { listTags } from '../../store/tags.ts';
import type { Tag } from '../../store/tags.ts';
import { nameTaken, snapshotRef } from '../../store/tag.ts';
import { age } from '../age.ts';
import { defineOperation } from '../operation.ts';
import type { Context, Speak } from '../operation.ts';
import { line } from '../schema.ts';
import type { Input } from '../schema.ts';
import { table } from '../table.ts';

const schema = {
  type: 'object',
  properties: {
    action: { type: 'string', enum: ['create', 'list', 'show'], description: 'Default: create.' },
    name: { type: 'string', description: 'Such as pre-work.' },
    label: { type: 'string', description: 'What it is, in a sentence.' },
    limit: { type: 'integer', minimum: 1, maximum: 1000, description: 'list: so many (30).' },
    line,
  },
  additionalProperties: false,
} as const;

export type SnapshotOutput =
  | {
      readonly kind: 'created';
      readonly name: string;
      readonly tag: string;
      readonly commit: string;
      readonly line: string;
      readonly summary: string;
      /** Pushing all tags would publish it. */
      readonly remote: boolean;
    }
  | { readonly kind: 'list'; readonly snapshots: readonly Tag[]; readonly total: number }
  | { readonly kind: 'show'; readonly snapshot: Tag; readonly tag: string };

const create = async (
  { name: said, label }: Input<typeof schema>,
  context: Context,
): Promise<SnapshotOutput> => {
  if (said === undefined) throw invalid('name', 'given', 'nothing');
  const name = checkSnapshotName(said);
  const [store, agent] = await Promise.all([context.store(), context.agent()]);
  const ref = snapshotRef(store.repository, name);
  if ((await store.tagged(name)) !== undefined) throw nameTaken(name, ref);
  const { commit = '' } = await store.write({ agent, line: context.line }, (transaction) => {
    const { view, circumstances } = transaction;
    transaction.append(takeSnapshot(view, { name, label }, circumstances));
  });
  const fact = await store.read(context.line, (facts) => facts.lines.snapshot(name));
  if ((await store.tagged(name)) !== commit || !fact)
    throw new ConcordError(
      'STORAGE',
      `The snapshot is recorded at ${commit.slice(0, 12)}, but its tag ${ref} could not be made.`,
      {
        hint: 'Nothing is lost: the tag can be made again from the commit.',
        next: 'concord doctor',
      },
    );
  const remote = [...store.repository.config.keys()].some((key) => key.startsWith('remote.'));
  return {
    kind: 'created',
    name,
    tag: ref,
    commit,
    line: context.line,
    summary: fact.summary,
    remote,
  };
};

const list = async (context: Context, limit: number): Promise<SnapshotOutput> => {
  const store = await context.store();
  const all = await listTags(store.repository);
  const known = await store.read('main', (facts) =>
    all.map((tag) => ({ ...tag, line: facts.place(tag.commit)?.line ?? null })),
  );
  const own = known.filter((tag) => tag.line !== null);
  return { kind: 'list', snapshots: own.slice(0, limit), total: own.length };
};

const show = async (name: string | undefined, context: Context): Promise<SnapshotOutput> => {
  if (name === undefined) throw invalid('name', 'given', 'nothing');
  const { snapshots } = (await list(context, Infinity)) as Extract<
    SnapshotOutput,
    { kind: 'list' }
  >;
  const snapshot = snapshots.find((one) => one.name === name.replace(/^concord\//, ''));
  if (!snapshot)
    throw new ConcordError('NOT_FOUND', `There is no snapshot ${shown(name)}.`, {
      next: { operation: 'team_snapshot', input: { action: 'list' } },
    });
  const store = await context.store();
  return { kind: 'show', snapshot, tag: snapshotRef(store.repository, snapshot.name) };
};

const render = (output: SnapshotOutput, speak: Speak): string => {
  switch (output.kind) {
    case 'created':
      return renderCreated(output, speak);
    case 'list':
      return renderList(output, speak);
    case 'show':
      return renderShown(output, speak);
  }
};

const renderCreated = (
  { name, commit, line: on, summary, remote }: Extract<SnapshotOutput, { kind: 'created' }>,
  speak: Speak,
): string =>
  [
    speak.strong(`Snapshot ${name} of ${on}: ${summary}.`),
    speak.faint(`Commit ${commit.slice(0, 12)}; git show concord/${name}`),
    ...(remote
      ? [
          '"git push --tags" would publish it with all history before it; git config concord.snapshots refs/concord/snapshot/ keeps later ones out of the tags.',
        ]
      : []),
    '',
    `Next: ${speak.call({ operation: 'team_replay', input: { snapshot: name, dryRun: true } })}`,
  ].join('\n');

const renderList = (
  { snapshots, total }: Extract<SnapshotOutput, { kind: 'list' }>,
  speak: Speak,
): string => {
  if (total === 0)
    return [
      'No snapshots yet.',
      '',
      `Next: ${speak.call({ operation: 'team_snapshot', input: { name: 'pre-work' } })}`,
    ].join('\n');
  const rows = snapshots.map((one) => [
    one.name,
    one.line ?? '',
    age(one.time, speak.now),
    one.by,
    oneLine(one.label, 80),
  ]);
  return [
    speak.strong(count(total, 'snapshot')),
    ...table(rows).map((row) => `  ${row}`),
    ...(total > snapshots.length ? [`  and ${total - snapshots.length} more (--limit)`] : []),
  ].join('\n');
};

const renderShown = (
  { snapshot, tag }: Extract<SnapshotOutput, { kind: 'show' }>,
  speak: Speak,
): string =>
  [
    speak.strong(
      `${snapshot.name}  snapshot of ${snapshot.line}, ${age(snapshot.time, speak.now)} by ${snapshot.by}`,
    ),
    speak.quote(snapshot.message),
    speak.faint(`${tag} at ${snapshot.commit.slice(0, 12)}`),
    '',
    `Next: ${speak.call({ operation: 'team_compare', input: { left: snapshot.name, right: 'main' } })}`,
  ].join('\n');

export const teamSnapshot = defineOperation({
  name: 'team_snapshot',
  summary: 'Give the state of all work a name, to go back to it, compare with it, or run it again.',
  input: schema,
  unlisted: ['line', 'limit'],
  profile: 'full',
  commands: [
    {
      path: 'snapshot create',
      summary: 'Give the state of a line a name: an annotated tag.',
      positional: ['name'],
      needs: ['name'],
      preset: { action: 'create' },
      without: ['action', 'limit'],
      examples: ['concord snapshot create pre-work --label "Before the login work"'],
    },
    {
      path: 'snapshot list',
      summary: 'List the snapshots, newest first.',
      preset: { action: 'list' },
      without: ['action', 'name', 'label'],
    },
    {
      path: 'snapshot show',
      summary: 'Show one snapshot.',
      positional: ['name'],
      needs: ['name'],
      preset: { action: 'show' },
      without: ['action', 'label', 'limit'],
    },
  ],
  run: async (input, context): Promise<SnapshotOutput> => {
    if (input.action === 'list') return list(context, input.limit ?? 30);
    return input.action === 'show' ? show(input.name, context) : create(input, context);
  },
  render,
});
