import { invalid } from '../../model/error.ts';
import { checkJson, isObject } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { nearest, shown } from '../../model/text.ts';

/** What a team.yaml says, before it is checked: each part may be left out. */
export type TeamFile = {
  readonly agents: readonly JsonObject[];
  readonly types: readonly JsonObject[];
  readonly contracts: readonly JsonObject[];
  readonly pipelines: readonly JsonObject[];
  readonly budget?: JsonObject | undefined;
};

const parts = ['agents', 'types', 'contracts', 'pipelines'] as const;
const known: readonly string[] = [...parts, 'budget', 'description', 'parameters'];

/** A file as a team: parameters filled in, ids put under the prefix. A file with one contract or one pipeline is one too. */
export const teamOf = (
  file: JsonObject,
  prefix: string | undefined,
  set: Readonly<Record<string, string>>,
): TeamFile => {
  const whole = wholeFile(file);
  const unknown = Object.keys(whole).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const near = nearest(unknown, known);
    throw invalid(
      `file.${unknown}`,
      near ? `another name; did you mean ${near}?` : `one of ${known.join(', ')}`,
      'an unknown name',
    );
  }
  const { parameters = {}, ...said } = whole;
  const filled = fill(said, valuesOf(parameters, set)) as JsonObject;
  const { budget } = filled;
  if (budget !== undefined && !isObject(budget))
    throw invalid('file.budget', 'an object with total and parts', shown(budget));
  const lists = Object.fromEntries(parts.map((part) => [part, listOf(filled, part)]));
  const team = { ...lists, ...(budget !== undefined && { budget }) } as TeamFile;
  return prefix === undefined ? team : prefixed(team, prefix);
};

const wholeFile = (file: JsonObject): JsonObject => {
  checkJson(file, 'file', { bytes: 256 * 1024, depth: 64, keys: 10_000 });
  if ('rules' in file) return { pipelines: [file] };
  return 'contractId' in file || 'id' in file ? { contracts: [file] } : file;
};

const listOf = (file: JsonObject, part: (typeof parts)[number]): readonly JsonObject[] => {
  const value = file[part] ?? [];
  if (!Array.isArray(value) || !value.every((item) => isObject(item)))
    throw invalid(`file.${part}`, 'a list of objects', shown(value));
  return value as JsonObject[];
};

const valuesOf = (
  parameters: Json,
  set: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> => {
  if (!isObject(parameters)) throw invalid('file.parameters', 'an object', shown(parameters));
  const names = Object.keys(parameters);
  const unknown = Object.keys(set).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw invalid(
      `set ${unknown}`,
      names.length === 0 ? 'left out: the file has no parameters' : `one of ${names.join(', ')}`,
      shown(unknown),
    );
  return new Map(names.map((name) => [name, set[name] ?? textOf(parameters[name])]));
};

const textOf = (value: Json | undefined): string =>
  typeof value === 'string' ? value : JSON.stringify(value ?? '');

/** `{{name}}` in any text becomes the parameter's value; it is not looked at again. */
const fill = (value: Json, values: ReadonlyMap<string, string>): Json => {
  if (typeof value === 'string')
    return value.replace(/\{\{\s*([\w-]+)\s*\}\}/g, (whole, name: string) => {
      const found = values.get(name);
      if (found !== undefined) return found;
      throw invalid(
        'file',
        `with parameters that it declares (${[...values.keys()].join(', ') || 'none'})`,
        whole,
      );
    });
  if (Array.isArray(value)) return value.map((item: Json) => fill(item, values));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, values)]));
};

const nameOf = (item: JsonObject, ...keys: readonly string[]): string | undefined => {
  const value = keys.map((key) => item[key]).find((one) => typeof one === 'string');
  return typeof value === 'string' ? value : undefined;
};

/** The ids that the file itself brings: contracts, pipelines, and artifacts that its contracts are to publish. */
const ownIds = ({ contracts, pipelines }: TeamFile): ReadonlySet<string> => {
  const all = [...contracts, ...pipelines.flatMap(madeBy)];
  return new Set([
    ...all.flatMap((one) => nameOf(one, 'contractId', 'id') ?? []),
    ...pipelines.flatMap((one) => nameOf(one, 'pipelineId', 'id') ?? []),
    ...all.flatMap(({ expectedOutputs }) =>
      objectsIn(expectedOutputs).flatMap((item) => nameOf(item, 'artifactId') ?? []),
    ),
  ]);
};

const objectsIn = (value: Json | undefined): JsonObject[] =>
  [value].flat().filter((item): item is JsonObject => isObject(item));

/** The contracts that the rules of a pipeline make. */
const madeBy = ({ rules }: JsonObject): JsonObject[] =>
  objectsIn(rules)
    .flatMap(({ action, actions }) => [...objectsIn(action), ...objectsIn(actions)])
    .filter(({ type }) => type === 'create_contract' || type === 'create-contract')
    .map((made) => (isObject(made['contract']) ? (made['contract'] as JsonObject) : made));

/** The parts of a budget may stand under the names of their contracts. */
const withNames = (budget: JsonObject, named: (id: string) => string): JsonObject => {
  const { contracts } = budget;
  if (!isObject(contracts)) return budget;
  const parts = Object.entries(contracts).map(([id, part]) => [named(id), part] as const);
  return { ...budget, contracts: Object.fromEntries(parts) };
};

const idFields = new Set(['contractId', 'pipelineId', 'artifactId', 'id', 'target']);
const textFields = new Set(['title', 'description', 'context', 'message', 'reason', 'summary']);

/** Every id that the file brings, and every mention of it, gets the prefix; what lies outside the file keeps its name. */
const prefixed = (team: TeamFile, prefix: string): TeamFile => {
  const own = ownIds(team);
  const named = (text: string): string => {
    const [id = ''] = text.split('@');
    return own.has(id) ? `${prefix}${text}` : text;
  };
  // In a condition an id stands as a string; the name of a type may be the same.
  const inside = (text: string): string =>
    text.replace(
      /(\btype\s*[=!]=\s*)?(?:"([^"\\]*)"|'([^'\\]*)')/g,
      (whole, ofType?: string, double?: string, single?: string) =>
        ofType === undefined && own.has(double ?? single ?? '')
          ? JSON.stringify(`${prefix}${double ?? single}`)
          : whole,
    );
  const walk = (value: Json, key: string): Json => {
    if (typeof value === 'string') {
      if (idFields.has(key) || key === 'dependencies' || key === 'artifacts') return named(value);
      return ['accept', 'where', 'condition'].includes(key) ? inside(value) : value;
    }
    if (Array.isArray(value)) return value.map((item: Json) => walk(item, key));
    if (!isObject(value) || key === 'params') return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        name,
        textFields.has(name) ? item : walk(item, name),
      ]),
    );
  };
  return {
    agents: team.agents,
    types: team.types,
    contracts: walk([...team.contracts], '') as JsonObject[],
    pipelines: walk([...team.pipelines], '') as JsonObject[],
    ...(team.budget && { budget: withNames(walk(team.budget, '') as JsonObject, named) }),
  };
};
