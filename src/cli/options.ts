import { Option } from 'commander';
import { invalid } from '../model/error.ts';
import { shown } from '../model/text.ts';
import { parseJsonObject, readAtMost, readStream } from '../operations/file.ts';
import type { Operation } from '../operations/operation.ts';
import type { Property } from '../operations/schema.ts';

const kebab = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export const optionName = (operation: Operation, key: string): string =>
  kebab(operation.flags?.[key] ?? key);

/** An argument of an operation as an option of its command. */
export const optionOf = (operation: Operation, key: string, property: Property): Option => {
  const short = key === 'file' ? '-f, ' : '';
  const name = `${short}--${optionName(operation, key)}`;
  const bare = operation.bare?.[key];
  const [open, close] = bare === undefined ? ['<', '>'] : ['[', ']'];
  const option = new Option(
    property.type === 'boolean' ? name : `${name} ${open}${placeholder(key, property)}${close}`,
    property.description,
  );
  if (bare !== undefined) option.preset(bare);
  if (property.type === 'string' && property.enum) option.choices([...property.enum]);
  if (property.type === 'array')
    option.argParser((value: string, earlier: string[] | undefined) => [...(earlier ?? []), value]);
  return option;
};

const placeholder = (key: string, property: Property): string => {
  if (property.type === 'object') return 'JSON|@FILE|-';
  if (property.type === 'integer') return 'N';
  if (/file|attach/i.test(key)) return 'FILE';
  if (property.type === 'array' && 'enum' in property.items) return 'name';
  return key === 'derivedFrom' || key === 'ref' ? 'REF' : 'text';
};

/** What stands on the command line as the value that the argument takes. */
export const valueOf = async (
  key: string,
  property: Property,
  value: unknown,
  name = kebab(key),
): Promise<unknown> => {
  if (property.type === 'integer') return integer(name, value);
  if (property.type === 'object' && typeof value === 'string')
    return parseJsonObject(await readText(value), key);
  if (property.type === 'array' && property.items.type !== 'string' && Array.isArray(value))
    return (await Promise.all(value.map((item: string) => itemsOf(key, item)))).flat();
  return value;
};

/** An item that may be an object is one when it looks like it; a list stands for its items. */
const itemsOf = async (key: string, item: string): Promise<readonly unknown[]> => {
  if (!/^\s*[[{@-]/.test(item)) return [item];
  const text = await readText(item.trim());
  if (!/^\s*\[/.test(text)) return [await parseJsonObject(text, key)];
  const { items } = await parseJsonObject(`{"items":${text}}`, key);
  return Array.isArray(items) ? (items as unknown[]) : [items];
};

const integer = (name: string, value: unknown): number => {
  if (typeof value === 'string' && /^-?\d{1,15}$/.test(value)) return Number(value);
  throw invalid(`--${name}`, 'a whole number', shown(value));
};

/** JSON as it is, `@file`, or `-` for standard input. */
const readText = async (value: string): Promise<string> => {
  if (value === '-') return (await readStream(process.stdin, 'standard input')).toString('utf8');
  return value.startsWith('@') ? (await readAtMost(value.slice(1))).toString('utf8') : value;
};
