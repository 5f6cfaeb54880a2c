/** What a supervisor shows of itself. Times are milliseconds since 1970. */

/** A session at work. */
export type Run = {
  readonly id: string;
  readonly agent: string;
  readonly contract: string;
  readonly attempt: number;
  readonly began: number;
  /** When its program last wrote something. */
  readonly heard: number;
  readonly usd?: number;
};

/** "gave up": the supervisor starts nothing more for this contract. */
export type Outcome = 'completed' | 'failed' | 'released' | 'gave up';

export type Ending = {
  readonly at: number;
  readonly contract: string;
  readonly agent: string;
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly seconds: number;
  readonly usd?: number;
  /** Words of an agent or of a program: data. */
  readonly reason?: string;
};

/** `stopping`: nothing new is started; `stopped`: what runs is being ended. */
export type Phase = 'working' | 'stopping' | 'stopped';

export type WorkerState = {
  readonly line: string;
  readonly phase: Phase;
  readonly runs: readonly Run[];
  /** How many may run at once. */
  readonly parallel: number;
  /** The last ones; the newest at the end. */
  readonly endings: readonly Ending[];
  readonly counts: {
    readonly ready: number;
    readonly waiting: number;
    readonly completed: number;
    readonly failed: number;
  };
  /** Of the whole line, where a budget is set. */
  readonly budget?: { readonly spent: number; readonly limit?: number };
};

export type WorkerEvent =
  | { readonly type: 'started'; readonly at: number; readonly run: Run }
  | { readonly type: 'ended'; readonly at: number; readonly ending: Ending }
  | { readonly type: 'phase'; readonly at: number; readonly phase: Phase }
  /** Anything else that a person should know. */
  | { readonly type: 'note'; readonly at: number; readonly text: string };
