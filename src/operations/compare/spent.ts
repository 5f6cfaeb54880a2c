import type { Spent } from '../../model/compare/side.ts';
import type { Facts } from '../../store/index/facts.ts';

/** What a contract has used up on a line until a position; undefined while nothing is recorded of it. */
export const spentOf = (
  _facts: Facts,
  _line: string,
  _position: number,
  _contractId: string,
): Spent | undefined => undefined;
