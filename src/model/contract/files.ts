import type { Contract } from './contract.ts';

/** So many are looked at: who names more names a folder. */
const limit = 200;

/** The files that the contract says it changes: `inputs.params.files`, paths from the root of the work tree, with `*` and `**`. */
export const filesOf = ({ inputs }: Pick<Contract, 'inputs'>): readonly string[] => {
  const files = inputs?.params?.['files'];
  if (!Array.isArray(files)) return [];
  return files.filter((one): one is string => typeof one === 'string').slice(0, limit);
};

/** Whether a path, with `/` between its parts, is one of those: `*` is any part or piece of one, `**` any number of parts. */
export const names = (pattern: string, path: string): boolean =>
  match(partsOf(pattern.endsWith('/') ? `${pattern}**` : pattern), partsOf(path));

const partsOf = (text: string): readonly string[] =>
  text.split('/').filter((part) => part !== '' && part !== '.');

/** Which of the path's beginnings the pattern's first parts fit, part by part: no pattern takes long. */
const match = (pattern: readonly string[], path: readonly string[]): boolean => {
  let fits = new Set([0]);
  for (const part of pattern) {
    const next = new Set<number>();
    for (const at of fits) {
      if (part === '**') for (let end = at; end <= path.length; end += 1) next.add(end);
      else if (at < path.length && fitsPart(part, path[at] ?? '')) next.add(at + 1);
    }
    fits = next;
  }
  return fits.has(path.length);
};

/** `*` is any run of characters. The pieces between are looked for from the left, which finds a fit where there is one. */
const fitsPart = (pattern: string, part: string): boolean => {
  const [first = '', ...pieces] = pattern.split('*');
  const last = pieces.pop();
  if (last === undefined) return pattern === part;
  if (part.length < first.length + last.length) return false;
  if (!part.startsWith(first) || !part.endsWith(last)) return false;
  let at = first.length;
  const end = part.length - last.length;
  for (const piece of pieces) {
    const found = part.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
};
