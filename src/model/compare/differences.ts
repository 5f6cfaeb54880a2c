import { diff } from '../diff.ts';
import type { Difference } from '../diff.ts';
import type { Json } from '../json.ts';

/** One difference at a path; what a side does not have there is left out. */
export type Differing = {
  readonly path: string;
  readonly left?: Json;
  readonly right?: Json;
  /** The values are too long to be repeated: they are parts of their JSON, from shortly before the first character that differs. */
  readonly cut?: true;
};

/** So many characters of a value's JSON are repeated. */
const valueLength = 2_000;
/** So many characters are repeated before the first one that differs. */
const lead = 200;

/** The differences of two values by path. */
export const differing = (left: Json, right: Json, path = ''): Differing[] =>
  diff(left, right, path).map(sided);

const sided = (difference: Difference): Differing => {
  const left = difference.kind === 'added' ? undefined : difference.before;
  const right = difference.kind === 'removed' ? undefined : difference.after;
  return differenceAt(difference.path, left, right);
};

export const differenceAt = (
  path: string,
  left: Json | undefined,
  right: Json | undefined,
): Differing => {
  const texts = [left, right].map((value) =>
    value === undefined ? undefined : JSON.stringify(value),
  );
  if (texts.every((text) => text === undefined || text.length <= valueLength))
    return { path, ...(left !== undefined && { left }), ...(right !== undefined && { right }) };
  const from = Math.max(0, alike(texts[0], texts[1]) - lead);
  const [before, after] = texts.map((text) => text?.slice(from, from + valueLength));
  return {
    path,
    ...(before !== undefined && { left: before }),
    ...(after !== undefined && { right: after }),
    cut: true,
  };
};

/** How many characters two texts begin with alike. */
export const alike = (one = '', other = ''): number => {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
};
