import { count, oneLine } from '../../model/text.ts';
import { age } from '../age.ts';
import { decisionOf, goneOf, newestOfType } from '../continuity/journal.ts';
import type { Noted } from '../continuity/journal.ts';
import { defineOperation } from '../operation.ts';
import type { Context } from '../operation.ts';
import { line } from '../schema.ts';
import { table } from '../table.ts';

export type DecisionList = {
  readonly decisions: readonly (Noted & {
    /** The decision that took its place. */
    readonly supersededBy: string | null;
    /** Files that it is about and that have changed since. */
    readonly changed: readonly string[];
  })[];
  readonly total: number;
};

const run = async (
  { limit = 20 }: { readonly limit?: number },
  context: Context,
): Promise<DecisionList> => {
  const store = await context.store();
  const { line: name } = context;
  const { decisions, total } = await store.look(name, (view, facts) => ({
    decisions: newestOfType(facts, name, 'decision', Infinity).map((fact) =>
      decisionOf(view, fact),
    ),
    total: facts.latestOfType(name, 'decision').length,
  }));
  const gone = new Map(
    (await goneOf(decisions, context.directory)).map((one) => [one.ref, one] as const),
  );
  return {
    decisions: decisions.slice(0, limit).map(({ ref, by, time, text }) => ({
      ref,
      by,
      time,
      text,
      supersededBy: gone.get(ref)?.by ?? null,
      changed: gone.get(ref)?.changed ?? [],
    })),
    total,
  };
};

const standing = (supersededBy: string | null, changed: readonly string[]): string => {
  if (supersededBy !== null) return `superseded by ${supersededBy}`;
  const [file = ''] = changed;
  if (changed.length === 0) return '';
  return changed.length === 1
    ? `${oneLine(file, 60)} has changed since`
    : `${count(changed.length, 'file')} have changed since`;
};

export const decisionList = defineOperation({
  name: 'decision_list',
  summary: 'List what has been decided, the newest first, and what no longer holds.',
  input: {
    type: 'object',
    properties: {
      limit: { type: 'integer', minimum: 1, maximum: 500, description: 'At most so many (20).' },
      line,
    },
    additionalProperties: false,
  },
  readOnly: true,
  profile: 'cli',
  commands: [{ path: 'decisions', examples: ['concord decisions'] }],
  run,
  render: ({ decisions, total }, speak) => {
    const [newest] = decisions;
    if (!newest)
      return `No decision is recorded.\n\nNext: ${speak.call({ operation: 'decision_record', input: { decision: 'What holds from now on', because: 'why' } })}`;
    return [
      ...table(
        decisions.map(({ ref, by, time, text, supersededBy, changed }) => [
          ref,
          by,
          age(time, speak.now),
          `"${oneLine(text, 90)}"`,
          standing(supersededBy, changed),
        ]),
      ),
      ...(total > decisions.length ? [`${total - decisions.length} more: --limit ${total}`] : []),
      '',
      `Next: ${speak.call({ operation: 'artifact_get', input: { artifactId: newest.ref } })}`,
    ].join('\n');
  },
});
