/**
 * Characters that could steer a terminal, hide text or reorder it: C0 and C1 controls, line and paragraph
 * separators, bidirectional marks, zero-width and tag characters, lone surrogates.
 */
const unsafe =
  // oxlint-disable-next-line no-control-regex -- naming control characters is this expression's purpose
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

const escape = (character: string): string =>
  `\\u{${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}}`;

/** The text on one line: white space runs become one space, unsafe characters visible escapes. */
export const oneLine = (text: string, limit = 200): string => {
  const line = text
    .replace(/[\t\n\r ]+/g, ' ')
    .trim()
    .replace(unsafe, escape);
  return line.length <= limit ? line : `${cut(line, limit - 1)}…`;
};

/** The text with its line ends and tabs kept, everything else unsafe escaped. */
export const printable = (text: string): string =>
  text
    .replace(/\r\n/g, '\n')
    .replace(unsafe, (character) =>
      character === '\n' || character === '\t' ? character : escape(character),
    );

/** At most `limit` UTF-16 units, never half a surrogate pair. */
const cut = (text: string, limit: number): string => {
  const last = text.charCodeAt(limit - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit);
};

/** How a value is shown inside a message: short, on one line, quoted when it is text. */
export const shown = (value: unknown, limit = 80): string => {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value);
  return typeof value === 'string' ? `"${oneLine(text, limit)}"` : oneLine(text, limit);
};

/** "1 version", "2 versions". */
export const count = (n: number, noun: string, plural = `${noun}s`): string =>
  `${n} ${n === 1 ? noun : plural}`;

/** The candidate nearest to what was typed, when it is near enough to be meant. */
export const nearest = (typed: string, candidates: readonly string[]): string | undefined => {
  if (typed.length > 64) return undefined;
  const ranked = candidates
    .filter((candidate) => Math.abs(candidate.length - typed.length) <= typed.length / 3 + 1)
    .map((candidate) => ({ candidate, distance: editDistance(typed, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best &&
    best.distance < typed.length &&
    best.distance <= Math.max(1, Math.floor(typed.length / 3))
    ? best.candidate
    : undefined;
};

/** Levenshtein distance, by rows (Wagner and Fischer, 1974). Inputs are names, so short. */
const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
};
