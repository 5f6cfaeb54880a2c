import { codeSince } from '../../store/code-since.ts';
import { ConcordError } from '../../model/error.ts';
import { checkSlug } from '../../model/names.ts';
import { positionSince } from '../at.ts';
import { goneOf } from '../continuity/journal.ts';
import { markOf, positionOf, setMark } from '../continuity/mark.ts';
import { stoodOf } from '../continuity/stood.ts';
import { defineOperation } from '../operation.ts';
import type { Context } from '../operation.ts';
import { line } from '../schema.ts';
import { lookFor } from './brief-look.ts';
import type { BriefOutput } from './brief-output.ts';
import { renderBrief } from './brief-text.ts';

/** The name that the session wants, unless it was given one that cannot be changed here. */
const rename = async (context: Context, as: string): Promise<void> => {
  const name = checkSlug(as, 'as');
  context.session().rename(name);
  const agent = await context.agent();
  if (agent === name) return;
  throw new ConcordError(
    'NOT_ALLOWED',
    `This session signs as ${agent}: the name was given where it was started, and "as" does not change it.`,
    { next: { operation: 'team_brief', input: {} } },
  );
};

const run = async (
  { as, since }: { readonly as?: string; readonly since?: string },
  context: Context,
): Promise<BriefOutput> => {
  if (as !== undefined) await rename(context, as);
  const [store, agent] = await Promise.all([context.store(), context.agent()]);
  const mark = markOf(context, agent);
  const position =
    since === undefined
      ? await positionOf(store, context.line, mark)
      : await positionSince(store, context.line, since);
  const stood = stoodOf(context, agent) ?? null;
  const [{ decisions, head, ...seen }, code] = await Promise.all([
    lookFor(context, agent, position),
    codeSince(context.directory, since === undefined ? (mark?.code ?? stood?.commit) : undefined),
  ]);
  const now = { commit: head, time: store.now(), ...(code && { code: code.head }) };
  setMark(context, agent, now);
  return {
    ...seen,
    since: position === undefined ? null : (since ?? mark?.time ?? null),
    gone: await goneOf(decisions, context.directory),
    code: code ?? null,
    stood,
  };
};

export const teamBrief = defineOperation({
  name: 'team_brief',
  summary: 'Start here: who you are, what you hold, what is ready for you, what is new.',
  input: {
    type: 'object',
    properties: {
      as: { type: 'string', description: 'Take this name for the session, such as api-dev.' },
      since: {
        type: 'string',
        description: 'What is new after this commit, snapshot or time; default: your last brief.',
      },
      line,
    },
    additionalProperties: false,
  },
  unlisted: ['line'],
  profile: 'core',
  alwaysLoad: true,
  commands: [
    {
      path: 'brief',
      without: ['as'],
      examples: ['concord brief --as api-dev', 'concord brief --since 2026-11-22'],
    },
    {
      path: 'as',
      summary: 'Take a name for this shell session; every call signs with it.',
      positional: ['as'],
      needs: ['as'],
      without: ['since'],
      examples: ['concord as api-dev'],
    },
  ],
  run,
  render: renderBrief,
});
