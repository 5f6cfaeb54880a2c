import { ConcordError, invalid } from '../../model/error.ts';
import { defineOperation } from '../operation.ts';
import type { Command, Context } from '../operation.ts';
import { line } from '../schema.ts';
import type { Input } from '../schema.ts';
import { adoptReplay, dropReplay } from '../line/close.ts';
import type { Closed } from '../line/close.ts';
import { listReplays } from '../line/replays.ts';
import type { Replays } from '../line/replays.ts';
import { renderReplay } from '../line/render.ts';
import { startReplay } from '../line/start.ts';
import type { Started } from '../line/start.ts';

const actions = ['start', 'list', 'adopt', 'drop'] as const;

const schema = {
  type: 'object',
  properties: {
    action: { type: 'string', enum: actions, description: 'Default: start.' },
    snapshot: { type: 'string', description: 'Where to begin: a snapshot, commit or time.' },
    name: { type: 'string', description: 'Of the line: graphql is replay/graphql.' },
    overrides: {
      type: 'object',
      description: 'By contract: {"build-api":{"inputs":{"context":"Use GraphQL"}}}.',
    },
    file: { type: 'string', description: 'A YAML or JSON file with overrides.' },
    set: {
      type: 'array',
      items: { type: 'string' },
      description: 'One override: build-api.inputs.context="Use GraphQL".',
    },
    take: {
      type: 'string',
      enum: ['replay'],
      description: 'adopt: where main changed the same, too.',
    },
    reason: { type: 'string', description: 'Why.' },
    dryRun: { type: 'boolean', description: 'Only say what it would reset.' },
    line,
  },
  additionalProperties: false,
} as const;

export type ReplayOutput = Started | Replays | Closed;

const close = async (input: Input<typeof schema>, context: Context): Promise<Closed> => {
  const { name, reason, take } = input;
  if (name === undefined) throw invalid('name', 'given', 'nothing');
  if (input.action === 'adopt') return adoptReplay({ name, reason, take }, context);
  if (take !== undefined) throw new ConcordError('INVALID', 'take is for adopt; nothing was done.');
  return dropReplay({ name, reason }, context);
};

const command = (
  path: string,
  action: (typeof actions)[number],
  summary: string,
  takes: readonly string[],
  more: Partial<Command>,
): Command => {
  const known = [...takes, ...(more.positional ?? []), 'line'];
  const without = Object.keys(schema.properties).filter((name) => !known.includes(name));
  return { path, summary, preset: { action }, ...more, without };
};

export const teamReplay = defineOperation({
  name: 'team_replay',
  summary: 'Run work again from an earlier state with something changed, on a line of its own.',
  details: 'Calls with line: replay/<name> work there; main sees nothing of it until adopted.',
  input: schema,
  unlisted: ['line', 'file', 'set', 'reason'],
  plain: ['dryRun'],
  profile: 'full',
  commands: [
    command(
      'replay start',
      'start',
      'Begin a replay: what the overrides change, and all that was made from it, is done again.',
      ['name', 'overrides', 'file', 'set', 'reason', 'dryRun'],
      {
        positional: ['snapshot'],
        needs: ['snapshot'],
        examples: [
          'concord replay start pre-work --dry-run',
          'concord replay start pre-work --name graphql --set build-api.inputs.context="Use GraphQL instead of REST"',
        ],
      },
    ),
    command('replay list', 'list', 'List the replays, open and closed.', [], {}),
    command('replay adopt', 'adopt', 'Make a replay part of main: a merge commit.', ['take'], {
      positional: ['name'],
      needs: ['name'],
    }),
    command(
      'replay drop',
      'drop',
      'End a replay that is not wanted; the numbers of its versions are not used again.',
      ['reason'],
      { positional: ['name'], needs: ['name'] },
    ),
  ],
  run: async (input, context): Promise<ReplayOutput> => {
    switch (input.action) {
      case 'list':
        return listReplays(context);
      case 'adopt':
      case 'drop':
        return close(input, context);
      default:
        return startReplay(input, context);
    }
  },
  render: renderReplay,
});
