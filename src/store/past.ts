import { budgetId } from '../model/budget/budget.ts';
import type { Budget } from '../model/budget/budget.ts';
import type { Contract } from '../model/contract/contract.ts';
import type { Touched } from '../model/line/adopt.ts';
import { stateThen } from '../model/line/past.ts';
import type { Past } from '../model/line/past.ts';
import type { Pipeline } from '../model/pipeline/pipeline.ts';
import { isContractEventType } from '../model/contract/status.ts';
import { isPipelineEventType } from '../model/pipeline/pipeline.ts';
import { decode } from './codec.ts';
import type { Facts } from './index/facts.ts';
import { FactsGraph } from './index/facts-graph.ts';
import { IndexView } from './index/index-view.ts';
import type { Entry } from './index/records.ts';
import { pathOf } from './layout.ts';
import { noLine } from './lines.ts';
import { treeOf } from './object.ts';
import type { Oid } from './object.ts';
import type { Objects } from './objects.ts';
import type { Beginning } from './start-line.ts';
import { Missing } from './tree.ts';

/** A point of a line, with its commit. */
export type Point = { readonly line: string; readonly position: number; readonly commit: Oid };

/** What the commits of a line after a position have touched. Entries of the lines it comes from are those up to its fork. */
export const touchedSince = (
  facts: Facts,
  line: string,
  position: number,
  counts: (entry: Entry) => boolean = () => true,
): Touched => {
  const touched = {
    contracts: new Set<string>(),
    artifacts: new Set<string>(),
    pipelines: new Set<string>(),
    agents: new Set<string>(),
    types: new Set<string>(),
    budget: false,
  };
  for (const entry of eventsSince(facts, line, position))
    for (const event of counts(entry) ? entry.events : []) {
      const [type = '', subject = ''] = event.split(' ');
      const id = subject.includes('@') ? subject.slice(0, subject.lastIndexOf('@')) : subject;
      if (isContractEventType(type)) touched.contracts.add(subject);
      else if (type === 'artifact-withdrawn') touched.artifacts.add(subject);
      else if (type.startsWith('artifact-')) touched.artifacts.add(id);
      else if (type === 'agent-registered') touched.agents.add(subject);
      else if (type === 'type-registered') touched.types.add(id);
      else if (type === 'budget-set') touched.budget = true;
      else if (isPipelineEventType(type) && type.startsWith('pipeline-'))
        touched.pipelines.add(subject.split('#')[0] ?? '');
    }
  return touched;
};

/** So many entries are read at once. */
const page = 500;

function* eventsSince(facts: Facts, line: string, position: number) {
  for (let before: number | undefined; ;) {
    const entries = facts.entries(line, { limit: page, ...(before !== undefined && { before }) });
    for (const entry of entries) {
      if (entry.position <= position) return;
      yield entry;
    }
    before = entries.at(-1)?.position;
    if (before === undefined || entries.length < page) return;
  }
}

/** Thrown where files of the earlier state are needed that are not read yet. */
class Unread extends Error {
  readonly paths: readonly string[];
  constructor(paths: readonly string[]) {
    super(`${paths.length} files are not read yet`);
    this.paths = paths;
  }
}

/** The files of an earlier state, as far as they have been asked for. */
export class EarlierFiles {
  readonly #objects: Objects;
  readonly #point: Point;
  readonly #read = new Map<string, Contract | Pipeline | Budget | undefined>();

  constructor(objects: Objects, point: Point) {
    this.#objects = objects;
    this.#point = point;
  }

  /** Runs what asks for the past; again, as soon as what it asked for has been read. */
  async loading<T>(body: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await body();
      } catch (error) {
        if (!(error instanceof Unread)) throw error;
        await Promise.all(error.paths.map((path) => this.#load(path)));
      }
    }
  }

  async #load(path: string): Promise<void> {
    const object = await this.#objects.find(`${this.#point.commit}:${path}`);
    const kind = path.startsWith('contracts/')
      ? 'contract'
      : path.startsWith('pipelines/')
        ? 'pipeline'
        : 'budget';
    this.#read.set(path, object && decode(kind, object.body, path));
  }

  /** How what has been touched since then stood at that point, as the index knows the line now. */
  past(facts: Facts): Past {
    const { line, position } = this.#point;
    const { contracts, artifacts, pipelines, budget } = touchedSince(facts, line, position);
    const graph = new FactsGraph(facts, line, position);
    const there = [...contracts].filter((id) => {
      const [last] = facts.contracts.moves(line, id, 1, position);
      return last !== undefined && last.status !== 'none';
    });
    const paths = [
      ...there.map((id) => pathOf('contract', id)),
      ...[...pipelines].map((id) => pathOf('pipeline', id)),
      ...(budget ? [pathOf('budget', budgetId)] : []),
    ];
    const unread = paths.filter((path) => !this.#read.has(path));
    if (unread.length > 0) throw new Unread(unread);
    const file = (kind: 'contract' | 'pipeline' | 'budget', id: string): unknown =>
      this.#read.get(pathOf(kind, id));
    return {
      contracts: new Map(
        [...contracts].map((id) => [id, file('contract', id) as Contract | undefined]),
      ),
      artifacts: new Map([...artifacts].map((id) => [id, graph.latest(id)])),
      pipelines: new Map(
        [...pipelines].map((id) => [id, file('pipeline', id) as Pipeline | undefined]),
      ),
      ...(budget && { budget: { was: file('budget', budgetId) as Budget | undefined } }),
      spending: facts.budgets.spending(line, position),
    };
  }

  /** The commit of that point, and the state there, for a line that begins on it. */
  beginning(facts: Facts): Beginning {
    const { line, position, commit } = this.#point;
    // Only what happened on it is left, not its state.
    if (facts.lines.closing(line)) throw noLine(line, facts, facts.lines.open()?.names ?? []);
    const body = this.#objects.cached(commit)?.body;
    if (!body) throw new Missing(commit);
    const latest = facts.entry(line, position)?.latest ?? '';
    const now = new IndexView(facts, line, (oid) => this.#objects.cached(oid));
    const head = { oid: commit, tree: treeOf(body), position, latest };
    return { head, view: stateThen(now, this.past(facts)) };
  }
}
