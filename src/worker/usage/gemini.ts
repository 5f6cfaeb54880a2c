import { isObject } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import { longestLine } from './lines.ts';
import type { Reader } from './usage.ts';
import { addDenied, amountAt, objectOf, partOf, saidOf, textAt } from './values.ts';

const tokensOf = (stats: JsonObject | undefined): number | undefined => {
  const models = Object.values(partOf(stats, 'models') ?? {}).filter(isObject);
  const totals = models.flatMap((model) => amountAt(partOf(model, 'tokens'), 'total') ?? []);
  return totals.length === 0 ? undefined : totals.reduce((sum, tokens) => sum + tokens, 0);
};

const deniedIn = (stats: JsonObject | undefined): readonly string[] => {
  const denied = new Set<string>();
  for (const [tool, said] of Object.entries(partOf(partOf(stats, 'tools'), 'byName') ?? {})) {
    const rejected = isObject(said) && amountAt(partOf(said, 'decisions'), 'reject');
    if (rejected) addDenied(denied, tool);
  }
  return [...denied];
};

/** Gemini CLI's one object at the end, over many lines, beside what else it prints. Dollars are not said. */
export const geminiReader = (): Reader => {
  let found: JsonObject | undefined;
  let lines: string[] = [];
  let length = 0;
  let words: string | undefined;
  const begin = (text: string): void => {
    lines = [text];
    length = text.length;
  };
  const add = (text: string): void => {
    length += text.length;
    // Only the outermost brackets stand at the beginning of a line. What is printed next follows on the same line.
    if (text.startsWith('}')) {
      found = objectOf([...lines, '}'].join('\n')) ?? found;
      lines = [];
    } else if (length <= longestLine) lines.push(text);
    else lines = [];
  };
  return {
    line: (text) => {
      if (text.startsWith('{')) begin(text);
      else if (lines.length > 0) add(text);
      else words = saidOf(text) ?? words;
    },
    usage: () => {
      const stats = partOf(found, 'stats');
      const tokens = tokensOf(stats);
      const session = textAt(found, 'session_id');
      const last =
        saidOf(textAt(partOf(found, 'error'), 'message') ?? textAt(found, 'response')) ?? words;
      return {
        ...(tokens !== undefined && { tokens }),
        ...(session !== undefined && { session }),
        cumulative: false,
        denied: deniedIn(stats),
        ...(last !== undefined && { said: last }),
        finished: found !== undefined,
      };
    },
  };
};
