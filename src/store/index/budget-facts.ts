import { highest, nothing, plus } from '../../model/budget/amount.ts';
import type { Amount } from '../../model/budget/amount.ts';
import { monitoring, nothingSpent, reportedBy, withUsage } from '../../model/budget/spending.ts';
import type { Spending, Usage } from '../../model/budget/spending.ts';
import type { EventLine } from '../said.ts';
import type { At } from './contract-facts.ts';
import { padded, readRow, writeRow } from './row-json.ts';
import type { Rows } from './rows.ts';

/** What was spent on each line, as its commits tell: a line begins with nothing spent. */
export class BudgetFacts {
  readonly #rows: Rows;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  append({ line, position }: Pick<At, 'line' | 'position'>, events: readonly EventLine[]): void {
    const used = events.flatMap(({ usage }) => usage ?? []);
    for (const [index, usage] of used.entries()) this.#note(line, position, index, usage);
  }

  #note(line: string, position: number, index: number, usage: Usage): void {
    this.#add(line, usage);
    writeRow(this.#rows, 'usage', line, `${padded(position)} ${padded(index)}`, usage);
  }

  /** What was spent on a line counts on the line that takes it over. */
  takeOver({ line, position }: Pick<At, 'line' | 'position'>, from: string): void {
    const used = this.#rows.scan('usage', from);
    for (const [index, [, value]] of used.entries())
      this.#note(line, position, index, JSON.parse(value as string) as Usage);
  }

  #add(line: string, usage: Usage): void {
    const { contract, attempt = 1, amount, report, session, totals } = usage;
    this.#raise('spent', line, 'total', amount);
    if (contract === undefined) this.#raise('spent', line, monitoring, amount);
    else {
      this.#raise('spent-on', line, contract, amount);
      this.#raise('spent-attempt', `${line} ${contract}`, padded(attempt), amount);
    }
    if (report !== undefined) writeRow(this.#rows, 'usage-report', line, report, reportedBy(usage));
    if (session !== undefined && totals) {
      const before = this.#amount('usage-session', line, session);
      writeRow(this.#rows, 'usage-session', line, session, highest(before, totals));
    }
  }

  #amount(table: string, partition: string, item: string): Amount {
    return readRow(this.#rows, table, partition, item) ?? nothing;
  }

  #raise(table: string, partition: string, item: string, more: Amount): void {
    writeRow(this.#rows, table, partition, item, plus(this.#amount(table, partition, item), more));
  }

  /** What was spent on a line, up to a position if one is given. */
  spending(line: string, position?: number): Spending {
    if (position === undefined) return this.#spendingNow(line);
    const used = this.#rows
      .scan('usage', line)
      .filter(([item]) => Number(item.split(' ')[0]) <= position)
      .map(([, value]) => JSON.parse(value as string) as Usage);
    return withUsage(nothingSpent, used);
  }

  #spendingNow(line: string): Spending {
    const scan = (table: string, partition: string): (readonly [string, Amount])[] =>
      this.#rows
        .scan(table, partition)
        .map(([item, value]) => [item, JSON.parse(value as string) as Amount] as const);
    return {
      total: () => this.#amount('spent', line, 'total'),
      monitoring: () => this.#amount('spent', line, monitoring),
      contract: (id) => this.#amount('spent-on', line, id),
      contracts: () => scan('spent-on', line),
      attempts: (id) =>
        scan('spent-attempt', `${line} ${id}`).map(([item, spent]) => ({
          attempt: Number(item),
          spent,
        })),
      reported: (report) => readRow(this.#rows, 'usage-report', line, report),
      session: (name) => readRow(this.#rows, 'usage-session', line, name),
    };
  }
}
