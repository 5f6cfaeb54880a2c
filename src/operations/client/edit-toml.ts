import type { Json, JsonObject } from '../../model/json.ts';
import { isAlike, isSame } from './entry.ts';
import type { Entry } from './entry.ts';

const begin = '# concord:begin';
const end = '# concord:end';

const header = /^\[mcp_servers\.concord\]\s*$/;

/** A table of texts and lists of texts, which TOML writes as JSON does; undefined where it holds anything else. */
const tableOf = (lines: readonly string[]): JsonObject | undefined => {
  const table: Record<string, Json> = {};
  for (const line of lines.map((text) => text.trim()).filter((text) => text !== '')) {
    const [, key, value] = /^([a-z_]+)\s*=\s*(.+)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) return undefined;
    try {
      table[key] = JSON.parse(value) as Json;
    } catch {
      return undefined;
    }
  }
  return table;
};

const linesIn = ({ value }: Entry): readonly string[] =>
  typeof value === 'string' ? value.split('\n') : [];

/** The lines of the table as we write it, where it says the same; as they are, where only the installation is another; undefined for others. */
const oursFor = (
  lines: readonly string[],
  entries: readonly Entry[],
): readonly string[] | undefined => {
  const there = tableOf(lines.slice(1));
  const tables = entries.map((entry) => ({ entry, table: tableOf(linesIn(entry).slice(1)) }));
  const like = (compare: typeof isSame): Entry | undefined =>
    tables.find(({ table }) => table && there && compare(there, table))?.entry;
  const same = like(isSame);
  if (same) return linesIn(same);
  return like(isAlike) && lines.map((line) => line.trimEnd());
};

/**
 * The text with the marks around our server again. Codex writes its file anew when it adds a server of its own, and loses the comment above
 * a table: what stands there is then known by what it says.
 */
export const marked = (text: string, entries: readonly Entry[]): string => {
  const all = text.split(/(?<=\n)/);
  const lines = all.filter((line) => ![begin, end].includes(line.trim()));
  if (all.some((line) => line.trim() === begin) && all.length - lines.length === 2) return text;
  const first = lines.findIndex((line) => header.test(line));
  if (first < 0) return text;
  const after = lines.findIndex((line, index) => index > first && /^\s*[[#]/.test(line));
  const rest = after < 0 ? lines.length : after;
  const filled = lines.slice(first + 1, rest).findLastIndex((line) => line.trim() !== '');
  const last = first + 2 + filled;
  const ours = oursFor(lines.slice(first, last), entries);
  if (!ours) return text;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const block = [begin, ...ours, end].map((line) => `${line}${eol}`);
  return [...lines.slice(0, first), ...block, ...lines.slice(last)].join('');
};
