import { ConcordError, invalid } from '../../model/error.ts';
import type { Event } from '../../model/event.ts';
import { parseRef } from '../../model/names.ts';
import { pipelineOf, setPipeline, switchPipeline } from '../../model/pipeline/create.ts';
import type { Switch } from '../../model/pipeline/create.ts';
import type { Pipeline } from '../../model/pipeline/pipeline.ts';
import { tryPipeline } from '../../model/pipeline/try.ts';
import type { Trial } from '../../model/pipeline/try.ts';
import { shown } from '../../model/text.ts';
import type { View } from '../../model/view.ts';
import type { PipelineStep } from '../../store/index/pipeline-facts.ts';
import { pathOf } from '../../store/layout.ts';
import type { Store } from '../../store/store.ts';
import { readJsonObject } from '../file.ts';
import { defineOperation } from '../operation.ts';
import type { Command, Context } from '../operation.ts';
import { line } from '../schema.ts';
import type { Input } from '../schema.ts';
import { renderPipelines } from './render.ts';
import { rulesOf } from './rules.ts';

const actions = ['create', 'list', 'show', 'pause', 'resume', 'remove', 'try'] as const;

const schema = {
  type: 'object',
  properties: {
    action: { type: 'string', enum: actions, description: 'Default: create.' },
    pipelineId: { type: 'string', description: 'Such as ci-loop.' },
    rules: {
      type: 'array',
      items: { type: 'object' },
      description:
        'Such as {trigger:{type:"artifact_published",artifactType}, condition:"data.failed > 0", action:{type:"reopen_contract",contractId,reason:"${data.failed} failed"}}; or notify_session {target,message}, create_contract, fail_contract, cancel_contract, snapshot {name}.',
    },
    description: { type: 'string', description: 'What it is for.' },
    file: { type: 'string', description: 'A YAML or JSON file with {pipelineId, rules}.' },
    reason: { type: 'string', description: 'Why it is paused.' },
    against: {
      type: 'string',
      description: 'try: a version (test-results@2), or a contract: what last happened to it.',
    },
    limit: { type: 'integer', minimum: 1, maximum: 200, description: 'show: so many steps (20).' },
    line,
  },
  additionalProperties: false,
} as const;

export type PipelineOutput =
  | {
      readonly kind: 'changed';
      readonly id: string;
      readonly action: string;
      readonly changed: boolean;
      readonly commit: string | null;
    }
  | {
      readonly kind: 'list';
      readonly pipelines: readonly {
        readonly id: string;
        readonly owner: string;
        readonly rules: number;
        readonly paused: string | null;
        readonly steps: number;
      }[];
    }
  | {
      readonly kind: 'show';
      readonly pipeline: Pipeline;
      readonly path: string;
      readonly log: readonly PipelineStep[];
      readonly total: number;
    }
  | {
      readonly kind: 'try';
      readonly id: string;
      readonly against: string;
      readonly trials: readonly Trial[];
    };

type Given = Input<typeof schema>;

/** The pipeline that the call describes: of its arguments, or of a file. */
const read = async (
  input: Given,
  context: Context,
): Promise<{ id: string; rules: readonly unknown[]; description?: string }> => {
  const file = input.file === undefined ? {} : await readJsonObject(context, input.file, 'file');
  const id = input.pipelineId ?? file['pipelineId'] ?? file['id'];
  const rules = input.rules ?? file['rules'];
  const description = input.description ?? file['description'];
  if (typeof id !== 'string') throw invalid('pipelineId', 'given', shown(id));
  if (!Array.isArray(rules)) throw invalid('rules', 'a list of rules', shown(rules));
  return { id, rules, ...(typeof description === 'string' && { description }) };
};

const change = async (input: Given, context: Context, store: Store): Promise<PipelineOutput> => {
  const { action = 'create', reason } = input;
  const agent = await context.agent();
  const wanted = action === 'create' ? await read(input, context) : undefined;
  const request = wanted && { ...wanted, rules: rulesOf(wanted.rules) };
  const id = request?.id ?? needed(input);
  const { commit } = await store.write({ agent, line: context.line }, (transaction) => {
    const { view, circumstances } = transaction;
    transaction.append(
      request
        ? setPipeline(view, request, circumstances)
        : switchPipeline(view, id, action as Switch, reason, circumstances),
    );
  });
  const changed = commit !== undefined;
  return { kind: 'changed', id, action, changed, commit: commit ?? null };
};

const needed = ({ pipelineId }: Given): string => {
  if (pipelineId !== undefined) return pipelineId;
  throw invalid('pipelineId', 'given', 'nothing');
};

const list = (store: Store, name: string): Promise<PipelineOutput> =>
  store.look(name, (view, facts) => ({
    kind: 'list',
    pipelines: view.pipelines().map(({ id, owner, rules, paused }) => ({
      id,
      owner,
      rules: rules.length,
      paused: paused?.text ?? null,
      steps: facts.pipelines.count(name, id),
    })),
  }));

const show = (store: Store, name: string, input: Given): Promise<PipelineOutput> =>
  store.look(name, (view, facts) => {
    const pipeline = pipelineOf(view, needed(input));
    return {
      kind: 'show',
      pipeline,
      path: pathOf('pipeline', pipeline.id),
      log: facts.pipelines.steps(name, pipeline.id, input.limit ?? 20),
      total: facts.pipelines.count(name, pipeline.id),
    };
  });

/** A past event as the rules would see it now. */
const eventOf = (view: View, against: string): Event => {
  const { id, version = view.latest(id)?.version } = parseRef(against, 'against');
  const artifact =
    version !== undefined && view.has(id, version) ? view.artifact(id, version) : undefined;
  if (artifact && version !== undefined) {
    const content = view.content(id, version) ?? '';
    return { type: 'artifact-published', artifact, content, attachments: [] };
  }
  const contract = view.contract(id);
  if (contract?.status === 'completed') return { type: 'contract-completed', contract };
  if (contract?.status === 'failed') return { type: 'contract-failed', contract };
  if (contract?.status === 'ready') return { type: 'contract-ready', contract };
  if (contract) return { type: 'contract-created', contract };
  throw new ConcordError('NOT_FOUND', `There is no version and no contract ${shown(against)}.`, {
    next: { operation: 'artifact_list', input: {} },
  });
};

/** Of a pipeline that is there, or of rules that are not yet. */
const tried = async (input: Given, context: Context, store: Store): Promise<PipelineOutput> => {
  const { against } = input;
  if (against === undefined) throw invalid('against', 'given', 'nothing');
  const agent = await context.agent();
  const said =
    input.rules === undefined && input.file === undefined ? undefined : await read(input, context);
  const rules = said && rulesOf(said.rules);
  const id = said?.id ?? needed(input);
  const trials = await store.trial({ agent, line: context.line }, ({ view, circumstances }) => {
    const there = rules ? undefined : pipelineOf(view, id);
    const pipeline: Pipeline = there ?? {
      id,
      owner: agent,
      created: circumstances.time,
      language: 'cel',
      rules: rules ?? [],
    };
    if (rules) setPipeline(view, { id, rules }, circumstances);
    return tryPipeline(view, pipeline, eventOf(view, against), circumstances);
  });
  return { kind: 'try', id, against, trials };
};

const command = (
  path: string,
  action: (typeof actions)[number],
  summary: string,
  takes: readonly string[],
  more: Partial<Command> = {},
): Command => {
  const positional = more.positional ?? ['pipelineId'];
  const known = [...positional, ...takes, 'line'];
  const without = Object.keys(schema.properties).filter((name) => !known.includes(name));
  return { path, summary, preset: { action }, ...more, positional, without };
};

export const pipelineCreate = defineOperation({
  name: 'pipeline_create',
  summary: 'Rules that run inside the transaction that triggers them: make, list, pause, try them.',
  input: schema,
  aliases: { id: 'pipelineId' },
  unlisted: ['line', 'file', 'description', 'reason', 'limit'],
  plain: ['pipelineId'],
  profile: 'full',
  commands: [
    command(
      'pipeline create',
      'create',
      'Make a pipeline, or change its rules.',
      ['rules', 'file', 'description'],
      {
        examples: ['concord pipeline create -f ci-loop.yaml'],
      },
    ),
    command('pipeline list', 'list', 'List the pipelines.', [], { positional: [] }),
    command(
      'pipeline show',
      'show',
      'Show the rules of a pipeline, and what they did.',
      ['limit'],
      {
        needs: ['pipelineId'],
      },
    ),
    command('pipeline pause', 'pause', 'Stop a pipeline for a while.', ['reason'], {
      needs: ['pipelineId'],
    }),
    command('pipeline resume', 'resume', 'Let a paused pipeline run again.', [], {
      needs: ['pipelineId'],
    }),
    command('pipeline remove', 'remove', 'Take a pipeline away; the history keeps it.', [], {
      needs: ['pipelineId'],
    }),
    command(
      'pipeline try',
      'try',
      'Ask what a pipeline would make of something that happened.',
      ['rules', 'file'],
      {
        positional: ['pipelineId', 'against'],
        needs: ['pipelineId', 'against'],
        examples: ['concord pipeline try ci-loop test-results-auth@1'],
      },
    ),
  ],
  run: async (input, context): Promise<PipelineOutput> => {
    const store = await context.store();
    switch (input.action) {
      case 'list':
        return list(store, context.line);
      case 'show':
        return show(store, context.line, input);
      case 'try':
        return tried(input, context, store);
      default:
        return change(input, context, store);
    }
  },
  render: renderPipelines,
});
