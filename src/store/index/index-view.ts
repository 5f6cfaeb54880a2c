import { statuses } from '../../model/contract/contract.ts';
import { budgetId } from '../../model/budget/budget.ts';
import type { Budget } from '../../model/budget/budget.ts';
import type { Spending } from '../../model/budget/spending.ts';
import type { Contract } from '../../model/contract/contract.ts';
import { lists } from '../../model/contract/keys.ts';
import type { Agent, Artifact, Edge, RegisteredType, Settings, Time } from '../../model/entity.ts';
import type { Message } from '../../model/message.ts';
import type { Pipeline } from '../../model/pipeline/pipeline.ts';
import type { Latest, Tally, View } from '../../model/view.ts';
import { decode } from '../codec.ts';
import { parseTree, sha1, sha256 } from '../object.ts';
import type { GitObject, Oid } from '../object.ts';
import { Missing } from '../tree.ts';
import { places } from './listed.ts';
import { FactsGraph } from './facts-graph.ts';
import type { Facts } from './facts.ts';

/** The pipelines of the last few trees of them: what is in a tree its name decides, and every publish asks. */
const lastPipelines = new Map<Oid, readonly Pipeline[]>();

/** A line's state as the index has it. Throws Missing for a file that has to be loaded first. */
export class IndexView implements View {
  readonly #facts: Facts;
  readonly #line: string;
  readonly #cached: (oid: Oid) => GitObject | undefined;

  /** Asked for every contract that could be claimed. */
  #budget: { readonly is: Budget | undefined } | undefined;

  constructor(facts: Facts, line: string, cached: (oid: Oid) => GitObject | undefined) {
    this.#facts = facts;
    this.#line = line;
    this.#cached = cached;
  }

  #graph(): FactsGraph {
    return new FactsGraph(this.#facts, this.#line);
  }

  settings(): Settings | undefined {
    return this.#facts.entity(this.#line, 'concord', 'concord');
  }

  agent(name: string): Agent | undefined {
    return this.#facts.entity(this.#line, 'agent', name);
  }

  agents(): readonly Agent[] {
    return this.#facts.entities(this.#line, 'agent');
  }

  registeredType(name: string): RegisteredType | undefined {
    return this.#facts.entity(this.#line, 'type', name);
  }

  latest(id: string): Latest | undefined {
    return this.#facts.latest(this.#line, id);
  }

  latestOfType(type: string): Iterable<string> {
    return this.#facts.latestOfType(this.#line, type);
  }

  highest(id: string): number {
    return this.#facts.highest(id);
  }

  has(id: string, version: number): boolean {
    const fact = this.#facts.version(id, version);
    return fact !== undefined && this.#facts.lines.knows(this.#line, Infinity, fact);
  }

  before(id: string, version: number): number | undefined {
    return this.#graph().before(id, version)?.version;
  }

  madeFrom(ref: string): readonly Edge[] {
    return this.#graph().madeFrom(ref);
  }

  pipeline(id: string): Pipeline | undefined {
    return this.#facts.pipelines.get(this.#line, id);
  }

  pipelines(): readonly Pipeline[] {
    const tree = this.#pipelineTree();
    const known = tree === undefined ? undefined : lastPipelines.get(tree);
    if (known) return known;
    const read = this.#facts.pipelines.all(this.#line);
    if (lastPipelines.size > 3) lastPipelines.clear();
    if (tree !== undefined) lastPipelines.set(tree, read);
    return read;
  }

  /** The name of the tree that holds the line's pipelines, if that is known without reading from the disk. */
  #pipelineTree(): Oid | undefined {
    const root = this.#facts.head(this.#line)?.tree;
    const body = root && (this.#facts.kept.tree(root) ?? this.#cached(root)?.body);
    if (!body) return undefined;
    const format = root.length === 2 * sha1.bytes ? sha1 : sha256;
    return parseTree(format, body).find(({ name }) => name === 'pipelines')?.oid;
  }

  content(id: string, version: number): string | undefined {
    return this.#facts.version(id, version)?.content;
  }

  artifact(id: string, version: number): Artifact | undefined {
    const fact = this.#facts.version(id, version);
    if (!fact || !this.#facts.lines.knows(this.#line, Infinity, fact)) return undefined;
    const kept = this.#facts.kept.body(fact.blob);
    if (kept !== undefined) return JSON.parse(kept) as Artifact;
    const object = this.#cached(fact.blob);
    if (!object) throw new Missing(fact.blob);
    return decode('artifact', object.body, `${id}@${version}`);
  }

  madeFor(id: string, version: number): string | undefined {
    return this.#facts.version(id, version)?.contract;
  }

  typeOf(id: string): string | undefined {
    return this.#facts.typeOf(id);
  }

  contract(id: string): Contract | undefined {
    return this.#facts.contracts.get(this.#line, id);
  }

  tally(): Tally {
    const counts = statuses.map((status) => [
      status,
      this.#facts.contracts.count(this.#line, lists.status(status)),
    ]);
    return {
      contracts: Object.fromEntries(counts) as Tally['contracts'],
      artifacts: this.#facts.latestCount(this.#line),
    };
  }

  budget(): Budget | undefined {
    this.#budget ??= { is: this.#facts.entity(this.#line, 'budget', budgetId) };
    return this.#budget.is;
  }

  spending(): Spending {
    return this.#facts.budgets.spending(this.#line);
  }

  places(list: string): Iterable<string> {
    return places(this.#facts.rows, this.#line, list);
  }

  hasSnapshot(name: string): boolean {
    return this.#facts.lines.snapshot(name) !== undefined;
  }

  message(id: string): Message | undefined {
    return this.#facts.inbox.message(this.#line, id);
  }

  threadLength(thread: string): number {
    return this.#facts.inbox.threadLength(this.#line, thread);
  }

  sent(agent: string, limit: number): readonly Time[] {
    return this.#facts.inbox.sent(this.#line, agent, limit);
  }
}
