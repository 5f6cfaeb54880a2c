/** A transaction of one of several lines, as far as its place in a drawing goes. */
export type Drawn = Place & {
  /** Of the first transaction of a line: what it began from. */
  readonly forkedFrom?: Place;
  /** Of the last transaction of a line: the one that took the line up. */
  readonly mergedInto?: Place;
};

export type Place = { readonly line: string; readonly position: number };

/** What stands left of a transaction: connections above it, its own mark, and what goes on beside further text of it. */
export type Drawing = {
  readonly above: readonly string[];
  readonly node: string;
  readonly beside: string;
};

/**
 * Draws the courses of lines, newest transaction first. Main keeps the first column where it occurs. A line is drawn from its newest
 * transaction, or from where it was taken up, down to where it began; what is not among the transactions is not drawn.
 */
export const draw = (transactions: readonly Drawn[]): readonly Drawing[] => {
  const columns = new Columns(transactions.some(({ line }) => line === 'main'));
  const forks = linesAt(transactions, ({ forkedFrom }) => forkedFrom);
  const merges = linesAt(transactions, ({ mergedInto }) => mergedInto);
  let opened: readonly string[] = [];
  return transactions.map((one) => {
    const closed = (forks.get(nameOf(one)) ?? []).flatMap((line) => columns.join(line, one.line));
    const above = [...opened, ...closed];
    const own = columns.begin(one.line);
    const node = columns.row((column) => (column === own ? '*' : '│'));
    if (one.position === 1 && !one.forkedFrom) columns.end(one.line);
    const beside = columns.row(() => '│');
    opened = (merges.get(nameOf(one)) ?? []).flatMap((line) => columns.fork(one.line, line));
    return { above, node, beside };
  });
};

const nameOf = ({ line, position }: Place): string => `${line} ${position}`;

/** The lines that a place of another line belongs to. */
const linesAt = (
  transactions: readonly Drawn[],
  placeOf: (one: Drawn) => Place | undefined,
): ReadonlyMap<string, readonly string[]> => {
  const found = new Map<string, string[]>();
  for (const one of transactions) {
    const place = placeOf(one);
    if (place) found.set(nameOf(place), [...(found.get(nameOf(place)) ?? []), one.line]);
  }
  return found;
};

/** The columns of a drawing, from left to right, and the line that runs down in each at the moment. */
class Columns {
  readonly #lines: (string | undefined)[] = [];
  readonly #keepsFirst: boolean;

  constructor(keepsFirst: boolean) {
    this.#keepsFirst = keepsFirst;
  }

  /** The column of a line, which runs from here on. */
  begin(line: string): number {
    const known = this.#lines.indexOf(line);
    if (known >= 0) return known;
    let column = this.#keepsFirst && line !== 'main' ? 1 : 0;
    while (this.#lines[column] !== undefined) column += 1;
    this.#lines[column] = line;
    return column;
  }

  end(line: string): void {
    const column = this.#lines.indexOf(line);
    if (column >= 0) this.#lines[column] = undefined;
  }

  /** A line ends at another one, from which it once began. */
  join(line: string, into: string): string[] {
    const from = this.#lines.indexOf(line);
    if (from < 0) return [];
    const runs = this.#lines.includes(into);
    const to = this.begin(into);
    const drawn = this.#connection(to, from, runs, ['╯', '╰']);
    this.end(line);
    return [drawn];
  }

  /** A line that was taken up begins beside the one that took it. */
  fork(from: string, line: string): string[] {
    if (this.#lines.includes(line)) return [];
    const own = this.begin(from);
    return [this.#connection(own, this.begin(line), true, ['╮', '╭'])];
  }

  row(mark: (column: number) => string): string {
    return Array.from(this.#lines, (line, column) => (line === undefined ? ' ' : mark(column)))
      .join(' ')
      .trimEnd();
  }

  /** From the column of a line that goes on to another one; `corners` are those on its right and on its left. */
  #connection(
    own: number,
    other: number,
    runs: boolean,
    corners: readonly [string, string],
  ): string {
    const [left, right] = [Math.min(own, other), Math.max(own, other)];
    const start = other > own ? (runs ? '├' : '╭') : runs ? '┤' : '╮';
    const cells = Array.from(this.#lines, (line, column) => {
      const gap = column >= left && column < right ? '─' : ' ';
      if (column === own) return `${start}${gap}`;
      if (column === other) return `${other > own ? corners[0] : corners[1]}${gap}`;
      const crossed = column > left && column < right;
      if (line === undefined) return `${crossed ? '─' : ' '}${gap}`;
      return `${crossed ? '┼' : '│'}${gap}`;
    });
    return cells.join('').trimEnd();
  }
}
