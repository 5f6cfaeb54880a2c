import { reactions } from './contract/reactions.ts';
import type { Event } from './event.ts';
import type { Change } from './evolve.ts';
import { noticesOf } from './notice.ts';
import type { Notice } from './notice.ts';
import { Overlay } from './overlay.ts';
import { pausedEvent } from './pipeline/create.ts';
import { pipelines, Runaway } from './pipeline/pipelines.ts';
import { settle } from './react.ts';
import type { Circumstances, Step } from './react.ts';
import type { View } from './view.ts';

/** Something that happened, and who is told of it. */
export type Entry = { readonly event: Event; readonly notices: readonly Notice[] };

/**
 * A cause and all its consequences, before anything is written. `append` runs the events and whatever follows from them; `view` then
 * shows the state after. Nothing here reads a clock or a disk, so a body may be run again on a newer state.
 */
export class Transaction {
  readonly entries: Entry[] = [];
  readonly view: View;
  readonly circumstances: Circumstances;
  readonly #overlay: Overlay;

  constructor(base: View, circumstances: Circumstances) {
    this.#overlay = new Overlay(base);
    this.view = this.#overlay;
    this.circumstances = circumstances;
  }

  get events(): readonly Event[] {
    return this.entries.map(({ event }) => event);
  }

  /** Where pipelines do not come to an end, none of what they did counts: the cause and what follows without them is kept. */
  append(events: readonly Event[]): void {
    try {
      this.#keep(this.#withPipelines(events));
    } catch (error) {
      if (!(error instanceof Runaway)) throw error;
      this.#keep(this.#run(events, [...reactions.before, ...reactions.after]));
      this.#keep(this.#run(this.#pauses(error.pipelines), reactions.after));
    }
  }

  /** Takes the line to another state as a whole: no rule runs on it, nothing is completed or reset by it. */
  change(events: readonly Event[]): void {
    this.#keep(this.#run(events, reactions.state));
  }

  #withPipelines(events: readonly Event[]): readonly Entry[] {
    const { step, last } = pipelines();
    const entries = this.#run(events, [...reactions.before, step, ...reactions.after]);
    if (!entries) throw new Runaway(last());
    return entries;
  }

  /** On a state of its own, so that it can be thrown away; undefined when it does not come to an end. */
  #run(events: readonly Event[], steps: readonly Step[]): readonly Entry[] | undefined {
    const here = new Overlay(this.#overlay);
    const entries: Entry[] = [];
    const settled = settle(steps, here, events, this.circumstances, (event) => {
      here.apply(event);
      entries.push({ event, notices: noticesOf(event, here, this.circumstances) });
    });
    return settled ? entries : undefined;
  }

  #keep(entries: readonly Entry[] | undefined): void {
    if (!entries) throw new Error('reactions without pipelines do not come to an end');
    for (const entry of entries) {
      this.#overlay.apply(entry.event);
      this.entries.push(entry);
    }
  }

  #pauses(ids: readonly string[]): readonly Event[] {
    const { time } = this.circumstances;
    return ids.flatMap((id) => {
      const pipeline = this.view.pipeline(id);
      const text = 'it did not come to an end, and nothing of what it did was kept';
      return pipeline && !pipeline.paused
        ? [pausedEvent(pipeline, { by: pipeline.owner, time, text, pipeline: id })]
        : [];
    });
  }

  /** The last value of every entity that changed, in order of first change. */
  changes(): readonly Change[] {
    return [...this.#overlay.changes.values()];
  }
}
