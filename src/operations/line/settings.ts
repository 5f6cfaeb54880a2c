import { invalid } from '../../model/error.ts';
import { isObject } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { shown } from '../../model/text.ts';
import type { View } from '../../model/view.ts';

/**
 * Overrides with what `--set build-api.inputs.context="Use GraphQL"` adds to them. The contract is the longest beginning that is one; a value
 * that is JSON is taken as such, any other as text.
 */
export const withSettings = (
  view: View,
  given: JsonObject,
  settings: readonly string[],
): JsonObject => {
  let overrides = given;
  for (const setting of settings) {
    const [path, value] = split(setting);
    const [contract, ...names] = pathOf(view, path);
    if (contract === undefined || names.length === 0)
      throw invalid(
        'set',
        'CONTRACT.FIELD=VALUE, such as build-api.inputs.context=Text',
        shown(setting),
      );
    overrides = put(overrides, [contract, ...names], value);
  }
  return overrides;
};

const split = (setting: string): readonly [string, Json] => {
  const at = setting.indexOf('=');
  if (at < 1)
    throw invalid(
      'set',
      'CONTRACT.FIELD=VALUE, such as build-api.inputs.context=Text',
      shown(setting),
    );
  return [setting.slice(0, at), valueOf(setting.slice(at + 1))];
};

const valueOf = (text: string): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
};

/** An id may hold dots itself. One that is no contract is left to be refused by its name. */
const pathOf = (view: View, path: string): readonly string[] => {
  const parts = path.split('.');
  for (let length = parts.length - 1; length > 0; length -= 1) {
    const id = parts.slice(0, length).join('.');
    if (view.contract(id)) return [id, ...parts.slice(length)];
  }
  return parts;
};

const put = (
  object: JsonObject,
  [name = '', ...rest]: readonly string[],
  value: Json,
): JsonObject => {
  const inner = object[name];
  const next = rest.length === 0 ? value : put(isObject(inner) ? inner : {}, rest, value);
  return Object.fromEntries([
    ...Object.entries(object).filter(([key]) => key !== name),
    [name, next],
  ]);
};
