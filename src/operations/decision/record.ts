import { invalid } from '../../model/error.ts';
import { checkId, toSlug } from '../../model/names.ts';
import { oneLine } from '../../model/text.ts';
import { artifactPublish } from '../artifact/publish.ts';
import type { PublishOutput } from '../artifact/published.ts';
import { renderPublished } from '../artifact/published-text.ts';
import { defineOperation } from '../operation.ts';
import type { Context } from '../operation.ts';
import { line } from '../schema.ts';
import type { Input } from '../schema.ts';

const schema = {
  type: 'object',
  properties: {
    decision: { type: 'string', description: 'What holds from now on.' },
    because: { type: 'string', description: 'Why it was decided this way.' },
    alternatives: {
      type: 'array',
      items: { type: 'string' },
      description: 'What else was considered, and why not.',
    },
    files: {
      type: 'array',
      items: { type: 'string' },
      description: 'A file that it is about, from the top of the repository.',
    },
    supersedes: {
      type: 'array',
      items: { type: 'string' },
      description: 'An earlier decision that it replaces.',
    },
    id: {
      type: 'string',
      description:
        'Its id; default: decision/ and its first words. That of an earlier one is its next version.',
    },
    line,
  },
  required: ['decision', 'because'],
  additionalProperties: false,
} as const;

/** So many words say what a decision is about. */
const words = 6;

/** An id that no other decision has. */
const freeId = async (decision: string, context: Context): Promise<string> => {
  const slug = toSlug(decision.split(/\s+/).slice(0, words).join(' '));
  if (slug === undefined)
    throw invalid('id', 'given, since the decision begins with no letters', 'nothing');
  const store = await context.store();
  return store.read(context.line, (facts) => {
    const taken = (id: string): boolean => facts.highest(id) > 0;
    let id = `decision/${slug}`;
    for (let n = 2; taken(id); n += 1) id = `decision/${slug}-${n}`;
    return id;
  });
};

const run = async (input: Input<typeof schema>, context: Context): Promise<PublishOutput> => {
  const { decision, because, alternatives, files, supersedes } = input;
  const artifactId =
    input.id === undefined ? await freeId(decision, context) : checkId(input.id, 'id');
  for (const id of supersedes ?? []) await checkKnown(id, context);
  const data = {
    decision,
    rationale: because,
    ...(alternatives && { alternatives }),
    ...(files && { files }),
    ...(supersedes && { supersedes }),
  };
  return artifactPublish.run(
    { artifactId, artifactType: 'decision', data, summary: oneLine(decision, 200) } as never,
    context,
  ) as Promise<PublishOutput>;
};

/** What is replaced has to be there: a slip of the pen would leave the old one standing. */
const checkKnown = async (ref: string, context: Context): Promise<void> => {
  const store = await context.store();
  const [id = ''] = ref.split('@');
  const type = await store.read(context.line, (facts) => facts.latest(context.line, id)?.type);
  if (type === 'decision') return;
  throw invalid(
    'supersedes',
    'the id of a decision',
    type === undefined ? `${JSON.stringify(ref)}, which is not there` : `${ref}, of type ${type}`,
    {
      next: { operation: 'decision_list', input: {} },
    },
  );
};

export const decisionRecord = defineOperation({
  name: 'decision_record',
  summary: 'Record a decision and why it was taken, so that nobody takes it again unknowingly.',
  details: 'Published as an artifact of type decision, with the code it was taken on.',
  input: schema,
  flags: { alternatives: 'alternative', files: 'file' },
  profile: 'cli',
  commands: [
    {
      path: 'decide',
      positional: ['decision'],
      examples: [
        'concord decide "Sessions use signed tokens" --because "No shared state" --file src/auth/token.ts',
        'concord decide "Tokens live for an hour" --because "Fewer refreshes" --supersedes decision/tokens-live-for-a-day',
      ],
    },
  ],
  run,
  render: renderPublished,
});
