import type { Key } from '../../model/contract/keys.ts';
import type { Rows } from './rows.ts';

/** So many places of a list are read at once: first a few, since often no more are asked for. */
const pages = { first: 12, further: 64 };

/** The places in a list, in order. */
export function* places(rows: Rows, line: string, list: string): Generator<string> {
  const partition = `${line} ${list}`;
  let after: string | undefined;
  for (let page = pages.first; ; page = pages.further) {
    const found = rows.scan('listed', partition, {
      limit: page,
      ...(after !== undefined && { after }),
    });
    for (const [place] of found) yield place;
    if (found.length < page) return;
    after = found.at(-1)?.[0];
  }
}

/** Takes an entity out of the lists it stood in, and puts it into those it stands in now. */
export const list = (
  rows: Rows,
  line: string,
  before: readonly Key[],
  after: readonly Key[],
): void => {
  for (const [name, place] of before) rows.delete('listed', `${line} ${name}`, place);
  for (const [name, place] of after) rows.put('listed', `${line} ${name}`, place, '');
};
