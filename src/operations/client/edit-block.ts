import type { Entry, Format } from './entry.ts';
import { Unfit } from './unfit.ts';

type Marks = { readonly begin: string; readonly end: string };

const hash: Marks = { begin: '# concord:begin', end: '# concord:end' };
const marks: Readonly<Record<Exclude<Format, 'json'>, Marks>> = {
  markdown: { begin: '<!-- concord:begin -->', end: '<!-- concord:end -->' },
  toml: hash,
  exclude: hash,
};

/** A file that holds one block of ours. */
export type BlockFormat = keyof typeof marks;

/** Lines with what ends them, so that a text is put together again as it was. */
const linesOf = (text: string): readonly string[] => text.split(/(?<=\n)/);

const endOf = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

/** Where the block is, by its marks; refused where they make no sense. */
const placeOf = (
  text: string,
  format: BlockFormat,
): { readonly first: number; readonly last: number } | undefined => {
  const { begin, end } = marks[format];
  const lines = linesOf(text).map((line) => line.trim());
  const [first, ...more] = [...lines.keys()].filter((index) => lines[index] === begin);
  const [last, ...others] = [...lines.keys()].filter((index) => lines[index] === end);
  if (first === undefined && last === undefined) return undefined;
  if (
    first !== undefined &&
    last !== undefined &&
    first < last &&
    more.length + others.length === 0
  )
    return { first, last };
  const offset = lines.slice(0, first ?? last).join('\n').length + 1;
  throw new Unfit(`must hold "${begin}" and, below it, "${end}", once each`, text, offset);
};

const textOf = ({ value }: Entry): string => (typeof value === 'string' ? value : '');

/** Lines of several owners in an order of their own: whoever comes last must not move them. */
const bodyOf = (entries: readonly Entry[], format: BlockFormat): readonly string[] => {
  const texts = [...new Set(entries.map(textOf))];
  return format === 'exclude' ? texts.sort() : texts.flatMap((text) => text.split('\n'));
};

const taken =
  /^\s*(?:\[\s*mcp_servers\s*\.\s*["']?concord["']?\s*[\].]|mcp_servers\s*\.\s*["']?concord["']?\s*[.=])/;

/** The line, outside the block, in which the user has set up a server of our name. */
const ownServer = (text: string, format: BlockFormat): boolean => {
  if (format !== 'toml') return false;
  const place = placeOf(text, format);
  return linesOf(text).some(
    (line, index) => taken.test(line) && !(place && index > place.first && index < place.last),
  );
};

/** The text with the block in it that these entries make; what was inside the marks before is replaced. */
export const putBlock = (
  text: string,
  entries: readonly Entry[],
  format: BlockFormat,
): { readonly text: string; readonly kept: readonly Entry[] } => {
  if (ownServer(text, format)) return { text, kept: entries };
  if (entries.length === 0) return { text: takeBlock(text, format), kept: [] };
  const { begin, end } = marks[format];
  const eol = endOf(text);
  const wanted = [begin, ...bodyOf(entries, format), end].map((line) => `${line}${eol}`);
  const place = placeOf(text, format);
  const lines = linesOf(text);
  if (place)
    return {
      text: [...lines.slice(0, place.first), ...wanted, ...lines.slice(place.last + 1)].join(''),
      kept: [],
    };
  const isEnded = text === '' || text.endsWith('\n');
  const gap = format === 'exclude' || text === '' ? '' : eol;
  return { text: [text, isEnded ? '' : eol, gap, ...wanted].join(''), kept: [] };
};

/** The text without the block, and without the empty line before it. */
export const takeBlock = (text: string, format: BlockFormat): string => {
  const place = placeOf(text, format);
  if (!place) return text;
  const lines = linesOf(text);
  const gap = format !== 'exclude' && lines[place.first - 1]?.trim() === '' ? 1 : 0;
  return [...lines.slice(0, place.first - gap), ...lines.slice(place.last + 1)].join('');
};

/** Which of these entries stand in the block as they are. */
export const foundInBlock = (
  text: string,
  entries: readonly Entry[],
  format: BlockFormat,
): readonly Entry[] => {
  const place = placeOf(text, format);
  if (!place) return [];
  const inside = linesOf(text).slice(place.first + 1, place.last);
  const body = `\n${inside.join('').replaceAll('\r\n', '\n')}`;
  return entries.filter((entry) => body.includes(`\n${textOf(entry)}\n`));
};
