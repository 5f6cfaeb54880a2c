import type { Conditions, Verdict } from '../model/condition.ts';

/** Thrown where a condition has to be judged and the language is not there yet: it is loaded, and all runs again. */
class Unloaded extends Error {}

/** Conditions whose language is loaded when the first one is met: most calls meet none. */
export class LazyConditions implements Conditions {
  readonly #load: (() => Promise<Conditions>) | undefined;
  #loaded: Conditions | undefined;

  constructor(load: (() => Promise<Conditions>) | undefined) {
    this.#load = load;
    if (!load) this.#loaded = unknownLanguage;
  }

  get #language(): Conditions {
    if (this.#loaded) return this.#loaded;
    throw new Unloaded('the language of conditions is not loaded');
  }

  problem(...asked: Parameters<Conditions['problem']>): string | undefined {
    return this.#language.problem(...asked);
  }

  holds(...asked: Parameters<Conditions['holds']>): Verdict {
    return this.#language.holds(...asked);
  }

  /** Runs what may meet a condition; once more after loading. */
  async loading<T>(body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      if (!(error instanceof Unloaded)) throw error;
      this.#loaded = await this.#load?.();
      return body();
    }
  }
}

/** Where nobody brought the language along, nothing is accepted unseen. */
const unknownLanguage: Conditions = {
  problem: () => 'conditions cannot be evaluated here',
  holds: () => ({ holds: false, why: 'conditions cannot be evaluated here' }),
};
