import { reactions } from './contract/reactions.ts';
import type { Event } from './event.ts';
import type { Change } from './evolve.ts';
import { noticesOf } from './notice.ts';
import type { Notice } from './notice.ts';
import { Overlay } from './overlay.ts';
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
  readonly #steps: readonly Step[];

  constructor(base: View, circumstances: Circumstances, steps: readonly Step[] = reactions) {
    this.#overlay = new Overlay(base);
    this.view = this.#overlay;
    this.circumstances = circumstances;
    this.#steps = steps;
  }

  get events(): readonly Event[] {
    return this.entries.map(({ event }) => event);
  }

  append(events: readonly Event[]): void {
    settle(this.#steps, this.view, events, this.circumstances, (event) => {
      this.#overlay.apply(event);
      this.entries.push({ event, notices: noticesOf(event, this.view, this.circumstances) });
    });
  }

  /** The last value of every entity that changed, in order of first change. */
  changes(): readonly Change[] {
    return [...this.#overlay.changes.values()];
  }
}
