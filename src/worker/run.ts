import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepUp } from '../operations/session/keep-up.ts';
import { quietly } from '../operations/session/local-file.ts';
import type { Context } from '../operations/operation.ts';
import type { Crew } from './crew.ts';
import { hasProcesses, isAlive, tell } from './process.ts';
import { directoryOf, write } from './records.ts';
import type { RunRecord, Why } from './records.ts';
import { noteEnd, startedIn } from './script.ts';
import { standingOf } from './standing.ts';

/** Seconds between asking a run to end and making it. */
const grace = 10_000;

/** Seconds that a command may go on for after its contract is done: it has an end to write, and nothing to wait for. */
const lingering = 600;

/** A run that this supervisor looks after. */
export class Run {
  record: RunRecord;

  readonly context: Context;

  /** Undefined of one that an earlier supervisor started. */
  readonly child: ChildProcess | undefined;

  /** When it was told to end, ms. */
  #told = 0;

  #doneSince: number | undefined;

  readonly #crew: Crew;

  constructor(crew: Crew, record: RunRecord, context: Context, child?: ChildProcess) {
    this.#crew = crew;
    this.record = record;
    this.context = context;
    this.child = child;
  }

  get directory(): string {
    return directoryOf(this.#crew.runs, this.record.id);
  }

  /** Tells it to end, and why; the reason is noted first, for whoever settles it. */
  stop(why: Why): void {
    if (this.record.why === undefined) {
      this.record = { ...this.record, why };
      // Where it cannot be noted, it is told all the same.
      quietly(undefined, () => write(this.#crew.runs, this.record));
    }
    if (this.#told > 0) return;
    this.#told = Date.now();
    this.#signal('SIGTERM');
  }

  #signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    const started = startedIn(this.directory);
    if (typeof started !== 'string') tell(started, this.record.id, signal);
  }

  #isOver(): boolean {
    const { child } = this;
    if (child) return child.exitCode !== null || child.signalCode !== null;
    const started = startedIn(this.directory);
    return typeof started === 'string' || !isAlive(started);
  }

  /** Resolves when the command has ended and nothing is left of its group. */
  async watch(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.child?.once('exit', () => resolve());
    });
    let seen = this.child !== undefined;
    while (!this.#isOver()) {
      seen = true;
      const pause = new AbortController();
      await Promise.race([
        ended,
        sleep(1000, undefined, { signal: pause.signal }).catch(() => undefined),
      ]);
      pause.abort();
      if (!this.#isOver()) await this.#look();
    }
    if (seen) noteEnd(this.directory);
    await this.#endRest();
  }

  async #look(): Promise<void> {
    const { began, limit } = this.record;
    if (this.#told > 0 && Date.now() - this.#told > grace) this.#signal('SIGKILL');
    if (this.record.why !== undefined) this.stop(this.record.why);
    else if (Date.now() - Date.parse(began) > limit * 1000) this.stop('time');
    await this.tend().catch(() => undefined);
  }

  /** Keeps the claim as long as somebody is at work, and ends work that is for nothing. */
  async tend(): Promise<void> {
    await keepUp(this.context);
    const { claim } = await standingOf(this.context, this.record, this.record.moves);
    if (claim === 'void') this.stop('void');
    if (claim !== 'done') return;
    this.#doneSince ??= Date.now();
    if (Date.now() - this.#doneSince > lingering * 1000) this.stop('idle');
  }

  /** What the command has left behind goes with it: it must not work on under a claim that is over. */
  async #endRest(): Promise<void> {
    const started = startedIn(this.directory);
    if (typeof started === 'string') return;
    const { id } = this.record;
    if (!tell(started, id, 'SIGTERM')) return;
    for (let waited = 0; hasProcesses(started, id); waited += 50) {
      if (waited >= grace) tell(started, id, 'SIGKILL');
      if (waited >= 2 * grace) return;
      await sleep(50);
    }
  }
}
