import { setTimeout as sleep } from 'node:timers/promises';
import { oneLine } from '../model/text.ts';
import { begin } from './begin.ts';
import type { Begun } from './begin.ts';
import { board } from './choose.ts';
import type { Board, Candidate } from './choose.ts';
import type { Crew } from './crew.ts';
import { isMissingProgram } from './decide.ts';
import { ownerOf } from './records.ts';
import { processMark } from '../operations/session/process.ts';
import { recover } from './recover.ts';
import { Run } from './run.ts';
import { isForNow, settle } from './settle.ts';
import { runShown } from './state-of.ts';
import type { Settled } from './settle.ts';
import type { Ending, Phase } from './state.ts';

/** An agent whose command cannot be started so often, one time after the other, gets no more. */
const strikesOut = 3;

/** At least so often it looks for itself, ms. */
const heartbeat = 5_000;

/** A contract that was refused is left alone for so long, ms: others may be had. */
const sulk = 2_000;

const messageOf = (error: unknown): string =>
  oneLine(error instanceof Error ? error.message : String(error), 300);

/** Starts commands for what is ready, and settles what they leave. */
export class Supervisor {
  readonly #crew: Crew;

  readonly #running = new Map<string, Run>();

  readonly #attending = new Set<Promise<void>>();

  readonly #strikes = new Map<string, number>();

  readonly #refused = new Map<string, number>();

  readonly #endings: Ending[] = [];

  #phase: Phase = 'working';

  #nudged = new AbortController();

  #recovered = 0;

  constructor(crew: Crew) {
    this.#crew = crew;
  }

  get phase(): Phase {
    return this.#phase;
  }

  get runs(): readonly Run[] {
    return [...this.#running.values()];
  }

  /** All that ended since it began. */
  get endings(): readonly Ending[] {
    return this.#endings;
  }

  /** First: nothing new is started. Then: what runs is ended, and its contracts go back. */
  interrupt(): void {
    this.#setPhase(this.#phase === 'working' ? 'stopping' : 'stopped');
    if (this.#phase === 'stopped') for (const run of this.runs) run.stop('stop');
    this.#nudge();
  }

  /** Goes on until it is interrupted or, if that is wanted, until nothing is left to do. */
  async work(): Promise<void> {
    for (;;) {
      try {
        if (await this.#round()) break;
      } catch (error) {
        // A disk that is full, a lock that stays: what runs goes on meanwhile.
        if (!isForNow(error)) throw error;
        this.#note(messageOf(error));
        await sleep(sulk);
      }
    }
    await Promise.all(this.#attending);
  }

  /** Does what can be done now, and waits for what is next; true when nothing is. */
  async #round(): Promise<boolean> {
    const { base, line } = this.#crew;
    const store = await base.store();
    const tip = await store.tip(line);
    this.#nudged = new AbortController();
    await this.#recover();
    await Promise.all(this.runs.map((run) => run.tend().catch(() => undefined)));
    const seen = this.#phase === 'working' ? await this.#startAll() : undefined;
    if (this.#isDone(seen) && (this.#phase !== 'working' || !(await this.#recover(true))))
      return true;
    const alarm = seen?.next === undefined ? Infinity : Date.parse(seen.next) + 1000;
    const until = Math.min(Math.max(alarm, Date.now() + 50), Date.now() + heartbeat);
    await store.changed(line, tip, until, this.#nudged.signal);
    return false;
  }

  #isDone(seen: Board | undefined): boolean {
    if (this.#running.size > 0) return false;
    if (seen === undefined) return true;
    const { candidates, next, elsewhere } = seen;
    return this.#crew.untilIdle && candidates.length === 0 && next === undefined && !elsewhere;
  }

  #setPhase(phase: Phase): void {
    if (this.#phase === phase) return;
    this.#phase = phase;
    this.#crew.report({ type: 'phase', at: Date.now(), phase });
  }

  #nudge(): void {
    this.#nudged.abort();
  }

  #note(text: string): void {
    this.#crew.report({ type: 'note', at: Date.now(), text });
  }

  /** Other supervisors may be killed while this one works. Tells whether there was something to go on with. */
  async #recover(now = false): Promise<boolean> {
    if (!now && Date.now() - this.#recovered < 2 * heartbeat) return false;
    this.#recovered = Date.now();
    const { taken, undone } = await recover(this.#crew, new Set(this.#running.keys()), (text) =>
      this.#note(text),
    );
    for (const { record, context } of taken) this.#attend(new Run(this.#crew, record, context));
    return taken.length + undone > 0;
  }

  async #startAll(): Promise<Board> {
    for (;;) {
      const seen = await this.#look();
      const [best] = this.#running.size < this.#crew.parallel ? seen.candidates : [];
      if (best === undefined || this.#phase !== 'working') return seen;
      await this.#start(best);
    }
  }

  /** What may be started now. */
  async #look(): Promise<Board> {
    const { base, line, parallel } = this.#crew;
    const [store, all] = await Promise.all([base.store(), this.#crew.agents()]);
    const agents = all.filter(({ name }) => (this.#strikes.get(name) ?? 0) < strikesOut);
    const now = Date.now();
    for (const [id, until] of this.#refused) if (until <= now) this.#refused.delete(id);
    const contracts = new Set([
      ...this.runs.map(({ record }) => record.contract),
      ...this.#refused.keys(),
    ]);
    const busy = this.runs.map(({ record }) => record.agent);
    const seen = await store.look(line, (view) =>
      board(view, agents, { contracts, agents: busy, wanted: parallel }, store.now()),
    );
    // What was refused a moment ago is asked for again before all counts as done.
    const soon = Math.min(...this.#refused.values());
    return soon === Infinity ? seen : { ...seen, next: seen.next ?? new Date(soon).toISOString() };
  }

  async #start(candidate: Candidate): Promise<void> {
    const { agent, contract } = candidate;
    const begun: Begun = await begin(this.#crew, candidate, () => this.#phase !== 'working');
    if ('run' in begun) return this.#attend(begun.run);
    if ('refused' in begun) {
      this.#refused.set(contract.id, Date.now() + sulk);
      if (begun.trouble) this.#note(`${contract.id}: ${begun.refused}`);
      return undefined;
    }
    this.#note(`${contract.id}: ${begun.broken}`);
    return this.#strike(agent.name, begun.broken);
  }

  #strike(name: string, why: string): void {
    const strikes = (this.#strikes.get(name) ?? 0) + 1;
    this.#strikes.set(name, strikes);
    if (strikes === strikesOut)
      this.#note(
        `${name} gets no more contracts: its command failed to start ${strikes} times running (${oneLine(why)})`,
      );
  }

  #attend(run: Run): void {
    const { record, child } = run;
    this.#running.set(record.id, run);
    const { agent, contract } = record;
    if (child) this.#crew.report({ type: 'started', at: Date.now(), run: runShown(run) });
    else
      this.#note(`${contract}: goes on with what an earlier supervisor has started for ${agent}`);
    if (this.#phase === 'stopped') run.stop('stop');
    const attending = this.#see(run)
      .catch((error: unknown) => this.#note(`${contract}: ${messageOf(error)}`))
      .finally(() => {
        this.#running.delete(record.id);
        this.#attending.delete(attending);
        this.#nudge();
      });
    this.#attending.add(attending);
  }

  /** Until it has ended and what it leaves is settled. What cannot be written now is tried again, but not for ever once all is to stop. */
  async #see(run: Run): Promise<void> {
    await run.watch();
    for (let tries = 1; ; tries += 1) {
      if (ownerOf(this.#crew.runs, run.record.id) !== processMark()) return;
      try {
        const settled = await settle(
          this.#crew,
          run.record,
          run.context,
          run.child?.exitCode ?? undefined,
        );
        this.#ended(settled);
        return await this.#leave(settled.ending);
      } catch (error) {
        this.#note(
          `${run.record.contract}: what came of it could not be written: ${messageOf(error)}`,
        );
        if (this.#phase === 'stopped' && tries >= 3) return;
        await sleep(Math.min(tries, 10) * 1000);
      }
    }
  }

  /** The directory of what is done is not needed any more; what cannot be taken away stays for a person. */
  async #leave({ outcome, contract }: Ending): Promise<void> {
    if (outcome !== 'completed') return;
    try {
      await this.#crew.leave(contract);
    } catch (error) {
      this.#note(`${contract}: its work tree stays: ${messageOf(error)}`);
    }
  }

  #ended({ ending, code }: Settled): void {
    this.#endings.push(ending);
    this.#crew.report({ type: 'ended', at: ending.at, ending });
    if (isMissingProgram({ code }) && ending.outcome === 'failed')
      this.#strike(ending.agent, ending.reason ?? '');
    else this.#strikes.delete(ending.agent);
  }
}
