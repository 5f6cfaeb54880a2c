import type { JsonObject } from '../../model/json.ts';
import { isObject } from '../../model/json.ts';
import { tally } from './tally.ts';
import type { Answer, Tally } from './tally.ts';
import type { Reader, Usage } from './usage.ts';
import {
  addDenied,
  amountAt,
  objectOf,
  objectsAt,
  partOf,
  saidOf,
  sumAt,
  textAt,
} from './values.ts';

const runTokens = [
  'input_tokens',
  'output_tokens',
  'cache_creation_input_tokens',
  'cache_read_input_tokens',
];
const modelTokens = [
  'inputTokens',
  'outputTokens',
  'cacheCreationInputTokens',
  'cacheReadInputTokens',
];

/** The tokens of all models of the session. */
const tokensOfModels = (result: JsonObject | undefined): number | undefined => {
  const models = Object.values(partOf(result, 'modelUsage') ?? {}).filter(isObject);
  const sums = models.flatMap((model) => sumAt(model, modelTokens) ?? []);
  return sums.length === 0 ? undefined : sums.reduce((sum, tokens) => sum + tokens, 0);
};

const tokensOfMessage = (message: JsonObject | undefined): Answer => ({
  id: textAt(message, 'id') ?? '',
  tokens: sumAt(partOf(message, 'usage'), runTokens) ?? 0,
});

/** What a tool was to do, for the reason of a failure. */
const aimOf = (input: JsonObject | undefined): string | undefined =>
  textAt(input, 'file_path') ?? textAt(input, 'command') ?? textAt(input, 'url');

/** The words of the agent itself, not those of its subagents. */
const wordsIn = (line: JsonObject): string | undefined =>
  textAt(line, 'parent_tool_use_id') === undefined
    ? objectsAt(partOf(line, 'message'), 'content')
        .map((block) => saidOf(textAt(block, 'text')))
        .findLast((text) => text !== undefined)
    : undefined;

/** What is known so far. */
type Known = {
  result?: JsonObject;
  seconds?: number;
  session?: string;
  words?: string;
  other?: string;
  finished: boolean;
  readonly answers: Tally;
  /** As the result says them, and as they were said when they happened. */
  readonly denied: Set<string>;
  readonly refused: Set<string>;
};

const readResult = (known: Known, line: JsonObject): void => {
  known.result = line;
  known.finished = true;
  known.answers.reset();
  const took = amountAt(line, 'duration_ms');
  if (took !== undefined) known.seconds = (known.seconds ?? 0) + took / 1000;
  for (const one of objectsAt(line, 'permission_denials'))
    addDenied(known.denied, textAt(one, 'tool_name'), aimOf(partOf(one, 'tool_input')));
  const words = saidOf(textAt(line, 'result') ?? errorsOf(line));
  if (words !== undefined) known.words = words;
};

const readAnswer = (known: Known, line: JsonObject): void => {
  known.finished = false;
  known.answers.add(tokensOfMessage(partOf(line, 'message')));
  const words = wordsIn(line);
  if (words !== undefined) known.words = words;
};

const read = (known: Known, line: JsonObject): void => {
  const session = textAt(line, 'session_id');
  if (session !== undefined) known.session = session;
  if (line['type'] === 'result') readResult(known, line);
  if (line['type'] === 'assistant') readAnswer(known, line);
  if (line['subtype'] === 'permission_denied') addDenied(known.refused, textAt(line, 'tool_name'));
};

const usageOfKnown = (known: Known): Usage => {
  const { result, seconds, session, denied, refused, finished } = known;
  const usd = amountAt(result, 'total_cost_usd');
  const counted = [tokensOfModels(result), known.answers.total()].filter(
    (tokens) => tokens !== undefined,
  );
  const said = known.words ?? known.other;
  return {
    ...(usd !== undefined && { usd }),
    ...(counted.length > 0 && { tokens: counted.reduce((sum, tokens) => sum + tokens, 0) }),
    ...(seconds !== undefined && { seconds }),
    ...(session !== undefined && { session }),
    cumulative: result !== undefined,
    denied: [...(denied.size > 0 ? denied : refused)],
    ...(said !== undefined && { said }),
    finished,
  };
};

/**
 * Claude Code's stream of lines. Its totals stand in the line at the end of a turn, and are totals of the session over all its runs; a
 * run that is killed before has none, and only its tokens are known.
 */
export const claudeReader = (): Reader => {
  const known: Known = {
    finished: false,
    answers: tally(),
    denied: new Set(),
    refused: new Set(),
  };
  return {
    line: (text) => {
      const line = objectOf(text);
      if (line) read(known, line);
      else if (!text.startsWith('{')) {
        const other = saidOf(text);
        if (other !== undefined) known.other = other;
      }
    },
    usage: () => usageOfKnown(known),
  };
};

const errorsOf = (line: JsonObject): string | undefined => {
  const { errors } = line;
  const texts = Array.isArray(errors) ? errors.filter((one) => typeof one === 'string') : [];
  return texts.length > 0 ? texts.join('; ') : textAt(line, 'subtype');
};
