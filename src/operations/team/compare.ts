import { compare } from '../../model/compare/compare.ts';
import { renderMarkdown } from '../compare/markdown.ts';
import type { CompareOutput } from '../compare/sections.ts';
import { readSides } from '../compare/sides.ts';
import { renderText } from '../compare/text.ts';
import { defineOperation } from '../operation.ts';
import type { Context } from '../operation.ts';
import { pointAt } from '../point.ts';
import type { Point } from '../point.ts';
import type { Input } from '../schema.ts';

const side = 'a line, snapshot, commit of the store, or time of main.';
const input = {
  type: 'object',
  properties: {
    left: { type: 'string', description: `What to compare: ${side}` },
    right: { type: 'string', description: `What with: ${side}` },
    all: { type: 'boolean', description: 'Show what is the same, too.' },
    format: {
      type: 'string',
      enum: ['text', 'markdown'],
      description: 'Text to read here (default), or Markdown for a pull request.',
    },
  },
  required: ['left', 'right'],
  additionalProperties: false,
} as const;

const run = async (
  { left, right, all = false }: Input<typeof input>,
  context: Context,
): Promise<CompareOutput> => {
  const store = await context.store();
  const before = await pointAt(store, left);
  const after = await pointAt(store, right);
  const sides = await readSides(store, before, after, all);
  return {
    left: before,
    right: after,
    ...compare(sides.left, sides.right, all),
    unread: sides.unread,
    git: gitCommand(context, before, after),
  };
};

/** As it works where the caller is: a store of its own has to be named. */
const gitCommand = ({ separate, location }: Context, left: Point, right: Point): string => {
  const place = separate && /^[A-Za-z0-9@%+=:,./_-]+$/.test(location) ? ` -C ${location}` : '';
  return `git${place} diff ${left.git} ${right.git}`;
};

export const teamCompare = defineOperation({
  name: 'team_compare',
  summary:
    'Compare two lines, snapshots or times: contracts, artifacts, tests, agents, and what differs first.',
  input,
  unlisted: ['all', 'format'],
  readOnly: true,
  profile: 'full',
  commands: [
    {
      path: 'compare',
      positional: ['left', 'right'],
      examples: [
        'concord compare before-refactoring main',
        'concord compare 2026-11-22T14:00:00Z main --all',
        'concord compare before-refactoring main --format markdown',
      ],
    },
  ],
  run,
  render: (output, speak, { format }) =>
    format === 'markdown' ? renderMarkdown(output) : renderText(output, speak),
});
