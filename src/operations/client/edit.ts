import { ConcordError } from '../../model/error.ts';
import { foundInBlock, putBlock, takeBlock } from './edit-block.ts';
import { foundAlike, foundInJson, isEmptyJson, putJson, takeJson } from './edit-json.ts';
import { marked } from './edit-toml.ts';
import type { Known, Put } from './edit-json.ts';
import type { Entry, Format } from './entry.ts';
import { Unfit } from './unfit.ts';

/** Only one client loses our marks. */
const ready = (text: string, format: Format, entries: readonly Entry[]): string =>
  format === 'toml' ? marked(text, entries) : text;

/** The text with these entries; those known to be ours that are not among them are taken out. A missing file is an empty text. */
export const put = (text: string, format: Format, entries: readonly Entry[], known: Known): Put =>
  format === 'json'
    ? putJson(text, entries, known)
    : putBlock(ready(text, format, [...entries, ...known.ours]), entries, format);

/** The text without all that is known to be ours. */
export const take = (text: string, format: Format, { ours, before }: Known): string =>
  format === 'json' ? takeJson(text, ours, before) : takeBlock(ready(text, format, ours), format);

/** Which of these stand in the text as they are. */
export const found = (text: string, format: Format, entries: readonly Entry[]): readonly Entry[] =>
  format === 'json'
    ? foundInJson(text, entries)
    : foundInBlock(ready(text, format, entries), entries, format);

/** Whether something of these stands in the text, maybe of another installation. */
export const hasAny = (text: string, format: Format, entries: readonly Entry[]): boolean => {
  if (format === 'json') return foundAlike(text, entries).length > 0;
  return takeBlock(ready(text, format, entries), format) !== text;
};

/** What a look at a file finds; nothing in one that cannot be read or edited: whoever is to change that one is told. */
export const orNone = (look: () => readonly Entry[]): readonly Entry[] => {
  try {
    return look();
  } catch (error) {
    if (error instanceof Unfit || error instanceof ConcordError) return [];
    throw error;
  }
};

/** Whether a file of this text says nothing: such a one that we made is taken away. */
export const saysNothing = (text: string, format: Format): boolean =>
  format === 'json' ? isEmptyJson(text) : text.trim() === '';
