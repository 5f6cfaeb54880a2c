import { invalid } from '../../model/error.ts';
import type { JsonObject } from '../../model/json.ts';
import { shown } from '../../model/text.ts';

/** Nothing but these fields, of which `texts` are texts: what was meant for another is not passed over. */
export const checkFields = (
  field: string,
  said: JsonObject,
  texts: readonly string[],
  others: readonly string[],
): void => {
  for (const [name, value] of Object.entries(said)) {
    const isText = texts.includes(name);
    if (!isText && !others.includes(name))
      throw invalid(
        `${field}.${name}`,
        `one of ${[...texts, ...others].join(', ')}`,
        'an unknown name',
      );
    if (isText && typeof value !== 'string')
      throw invalid(`${field}.${name}`, 'text', shown(value));
  }
};
