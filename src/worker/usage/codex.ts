import type { JsonObject } from '../../model/json.ts';
import type { Reader } from './usage.ts';
import { objectOf, partOf, saidOf, sumAt, textAt } from './values.ts';

/** Codex' stream of events. The tokens at a turn's end are totals of the thread; dollars are not said. */
export const codexReader = (): Reader => {
  let tokens: number | undefined;
  let session: string | undefined;
  let words: string | undefined;
  let other: string | undefined;
  let finished = false;
  const read = (event: JsonObject): void => {
    const { type } = event;
    const item = partOf(event, 'item');
    if (type === 'thread.started') session = textAt(event, 'thread_id') ?? session;
    if (type === 'turn.started') finished = false;
    if (type === 'item.completed' && item?.['type'] === 'agent_message')
      words = saidOf(textAt(item, 'text')) ?? words;
    if (type === 'error') words = saidOf(textAt(event, 'message')) ?? words;
    if (type === 'turn.failed') {
      words = saidOf(textAt(partOf(event, 'error'), 'message')) ?? words;
      finished = true;
    }
    if (type === 'turn.completed') {
      // What a cache gave is a part of what went in.
      tokens = sumAt(partOf(event, 'usage'), ['input_tokens', 'output_tokens']) ?? tokens;
      finished = true;
    }
  };
  return {
    line: (text) => {
      const event = objectOf(text);
      if (event) read(event);
      else if (!text.startsWith('{')) other = saidOf(text) ?? other;
    },
    usage: () => {
      const said = words ?? other;
      return {
        ...(tokens !== undefined && { tokens }),
        ...(session !== undefined && { session }),
        cumulative: true,
        denied: [],
        ...(said !== undefined && { said }),
        finished,
      };
    },
  };
};
