/** One thing that was looked at. `repaired` says what was put right; only derived files and what is provably ours ever is. */
export type Check = {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly repaired?: string;
};
