import type { Context } from '../operation.ts';

export type ReplayLine = {
  readonly line: string;
  readonly status: 'open' | 'adopted' | 'dropped';
  readonly from: string | null;
  readonly by: string;
  readonly time: string;
  readonly contracts: string | null;
  /** How many transactions it has of its own. */
  readonly transactions: number;
};

export type Replays = { readonly kind: 'list'; readonly replays: readonly ReplayLine[] };

/** The replays of the store: those that are open, then those that came to an end. */
export const listReplays = async (context: Context): Promise<Replays> => {
  const store = await context.store();
  const { open, forks, closings } = await store.read('main', (facts) => ({
    open: facts.lines.open()?.names ?? [],
    forks: facts.lines.forks(),
    closings: facts.lines.closings(),
  }));
  const closed = new Map(closings.map((closing) => [closing.line, closing]));
  const running = await Promise.all(
    forks
      .filter(({ replay }) => open.includes(replay) && !closed.has(replay))
      .map(({ replay, name, by, time, position }) =>
        store.look(replay, (view, facts): ReplayLine => {
          const { contracts } = view.tally();
          const all = Object.entries(contracts).filter(([, n]) => n > 0);
          return {
            line: replay,
            status: 'open',
            from: name,
            by,
            time,
            contracts: all.map(([status, n]) => `${n} ${status.replace('_', ' ')}`).join(', '),
            transactions: (facts.head(replay)?.position ?? position) - position,
          };
        }),
      ),
  );
  const over = closings.map(({ line, how, by, time }): ReplayLine => {
    const fork = forks.find(({ replay }) => replay === line);
    return {
      line,
      status: how,
      from: fork?.name ?? null,
      by,
      time,
      contracts: null,
      transactions: 0,
    };
  });
  return { kind: 'list', replays: [...running, ...over] };
};
