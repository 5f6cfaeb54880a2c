import { claim } from '../../model/contract/claim.ts';
import { nextChance, workerOf } from '../../model/contract/claimable.ts';
import type { Contract } from '../../model/contract/contract.ts';
import { usualId } from '../../model/contract/deliver.ts';
import { contractOf } from '../../model/contract/find.ts';
import { lists } from '../../model/contract/keys.ts';
import { openOutputs } from '../../model/contract/work.ts';
import { ConcordError } from '../../model/error.ts';
import type { Json } from '../../model/json.ts';
import { splitRef } from '../../model/names.ts';
import type { ContractEventType } from '../../model/contract/status.ts';
import type { View } from '../../model/view.ts';
import type { Move } from '../../store/index/contract-facts.ts';
import type { Store } from '../../store/store.ts';
import { holderOf, remember } from '../session/holder.ts';
import { keyFor } from '../key.ts';
import { defineOperation } from '../operation.ts';
import type { Context } from '../operation.ts';
import { line } from '../schema.ts';
import type { Input } from '../schema.ts';
import { exampleFor } from '../types.ts';
import { first, waitingFor } from '../team/state.ts';
import { wait, waitFor } from '../waiting.ts';
import { contractShown } from './shown.ts';
import type { ContractShown } from './shown.ts';
import { renderClaim } from './claimed.ts';

const schema = {
  type: 'object',
  properties: {
    contractId: { type: 'string', description: 'Default: the best for you.' },
    wait,
    another: { type: 'boolean', description: 'One more, though you hold one.' },
    takeover: {
      type: 'boolean',
      description: 'Take back what a lost session of your name held.',
    },
    idempotencyKey: {
      type: 'string',
      description: 'A repeated call with the same key returns the first result.',
    },
    line,
  },
  additionalProperties: false,
} as const;

export type InputShown = {
  readonly ref: string;
  readonly type: string;
  readonly publisher: string;
  readonly summary?: string;
};

/** What the holder is to publish: under which id, as which version, and what such data looks like. */
export type ToPublish = {
  readonly artifactId: string;
  readonly artifactType: string;
  readonly required: boolean;
  readonly version: number;
  readonly accept?: string;
  readonly example?: Json;
};

export type ClaimOutput = {
  readonly agent: string;
  /** null: nothing is ready. */
  readonly contract: ContractShown | null;
  readonly token: string | null;
  readonly inputs: readonly InputShown[];
  readonly publish: readonly ToPublish[];
  /** It was held before this call. */
  readonly still: boolean;
  /** A session that came to a clean end had it before, and left it so. */
  readonly continues?: { readonly agent: string; readonly text: string };
  /** What this agent will get when others are done. */
  readonly later: readonly string[];
  /** What other sessions of its name hold, told to one that has nothing. */
  readonly elsewhere: readonly string[];
};

const run = async (input: Input<typeof schema>, context: Context): Promise<ClaimOutput> => {
  const [store, agent] = await Promise.all([context.store(), context.agent()]);
  let refused: unknown;
  const { found } = await waitFor(context, input.wait ?? 0, async () => {
    // From here on: what ends while it is tried is no reason to wait.
    const now = store.now();
    try {
      const got = await tryClaim(input, context, store, agent);
      if (got !== undefined) return { found: got };
    } catch (error) {
      if (!input.wait || !isForNow(error)) throw error;
      refused = error;
    }
    const next = await store.look(context.line, (view) =>
      nextChance(view, workerOf(view, agent), now),
    );
    return { next };
  });
  if (found === undefined && refused !== undefined) throw refused;
  return outputOf(context, store, agent, found);
};

/** A refusal that time may lift. */
const isForNow = (error: unknown): boolean =>
  error instanceof ConcordError && (error.code === 'NOT_READY' || error.code === 'CLAIM_HELD');

const tryClaim = async (
  input: Input<typeof schema>,
  context: Context,
  store: Store,
  agent: string,
): Promise<{ id: string; still: boolean } | undefined> => {
  const holder = await holderOf(context);
  const { contractId, takeover, another, idempotencyKey } = input;
  const asked = { contractId: contractId ?? null, takeover: takeover ?? false };
  const committed = await store.write(
    { agent, line: context.line, key: keyFor('contract_claim', agent, idempotencyKey, asked) },
    (transaction) => {
      const { view, circumstances } = transaction;
      const claimed = claim(view, { holder, contractId, takeover, another }, circumstances);
      transaction.append(claimed.events);
      return claimed;
    },
  );
  const repeated = committed.events.findLast((event) => event.startsWith('contract-claimed '));
  const id =
    committed.result?.contract?.id ?? (committed.repeated ? repeated?.split(' ')[1] : undefined);
  await forgetLost(context, store, agent);
  if (id === undefined) return undefined;
  remember(context, agent, await store.look(context.line, (view) => contractOf(view, id)));
  return { id, still: committed.result?.still ?? false };
};

/** Who asks for work has been told, or does not need to know any more, what it has lost. */
const forgetLost = async (context: Context, store: Store, agent: string): Promise<void> => {
  const claims = context.session().claims();
  const own = claims.filter((one) => one.agent === agent && one.line === context.line);
  if (own.length === 0) return;
  const gone = await store.look(context.line, (view) =>
    own.filter(({ contract, token }) => view.contract(contract)?.claim?.token !== token),
  );
  for (const one of gone) context.session().forget(one);
};

const outputOf = (
  context: Context,
  store: Store,
  agent: string,
  got: { readonly id: string; readonly still: boolean } | undefined,
): Promise<ClaimOutput> => {
  const name = context.line;
  return store.look(name, (view, facts) => {
    const looking = { view, facts, line: name, conditions: store.conditions, now: store.now() };
    const contract = got && view.contract(got.id);
    if (!got || !contract) {
      const later = waitingFor(view, agent, 5).map(({ id }) => id);
      const { mark } = context.session();
      const elsewhere = first(view, lists.held(agent), 5)
        .filter(({ claim: of }) => of?.session !== mark)
        .map(({ id }) => id);
      return {
        agent,
        contract: null,
        token: null,
        inputs: [],
        publish: [],
        still: false,
        later,
        elsewhere,
      };
    }
    const continues = parkedBefore(facts.contracts.moves(name, contract.id));
    return {
      agent,
      contract: contractShown(contract, looking),
      token: contract.claim?.token ?? null,
      inputs: (contract.claim?.inputs ?? []).flatMap(({ ref }) => inputShown(view, ref)),
      publish: openOutputs(contract).map((expected) => toPublish(view, contract, expected)),
      still: got.still,
      ...(continues && { continues }),
      later: [],
      elsewhere: [],
    };
  });
};

/** Changes nothing of who has it. */
const aside = new Set<ContractEventType>(['contract-noted', 'contract-amended', 'contract-output']);

/** What was parked right before the claim in force was made. */
const parkedBefore = (moves: readonly Move[]): ClaimOutput['continues'] => {
  const claimed = moves.findLastIndex(({ event }) => event === 'contract-claimed');
  const before = moves.slice(0, Math.max(0, claimed)).findLast(({ event }) => !aside.has(event));
  if (before?.event !== 'contract-parked' || before.reason === undefined) return undefined;
  return { agent: before.by, text: before.reason };
};

const inputShown = (view: View, ref: string): InputShown[] => {
  const { id, version } = splitRef(ref);
  const artifact = view.artifact(id, version);
  if (!artifact) return [];
  const { type, publisher, summary } = artifact;
  return [{ ref, type, publisher, ...(summary !== undefined && { summary }) }];
};

const toPublish = (
  view: View,
  contract: Contract,
  expected: ReturnType<typeof openOutputs>[number],
): ToPublish => {
  const artifactId = usualId(contract, expected);
  const { artifactType, required, accept } = expected;
  const example = exampleFor(artifactType, view);
  return {
    artifactId,
    artifactType,
    required,
    version: view.highest(artifactId) + 1,
    ...(accept !== undefined && { accept }),
    ...(example !== undefined && { example }),
  };
};

export const contractClaim = defineOperation({
  name: 'contract_claim',
  summary: 'Get work: the contract you hold, or the best that is ready for you.',
  details: 'Tells the task, its inputs and what to publish.',
  input: schema,
  aliases: { id: 'contractId' },
  unlisted: ['line', 'idempotencyKey'],
  plain: ['another'],
  profile: 'core',
  alwaysLoad: true,
  commands: [
    {
      path: 'claim',
      summary: 'Take the best contract that is ready for you, or the one you name.',
      positional: ['contractId'],
      preset: { another: true },
      without: ['another'],
      examples: [
        'concord claim --as api-dev',
        'concord claim build-api --as api-dev --wait 600',
        'concord claim build-api --takeover',
      ],
    },
  ],
  run,
  render: renderClaim,
  failed: ({ contract }) => (contract === null ? 'NOT_READY' : undefined),
});
