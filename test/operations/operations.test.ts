import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { operations } from '../../src/operations/index.ts';

const root = fileURLToPath(new URL('../../src/operations/', import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((path) =>
  path.replaceAll('\\', '/'),
);
const commands = operations.flatMap((operation) =>
  operation.commands.map((command) => ({ operation, command, path: command.path })),
);

test('names are noun_verb or one word, and unique', () => {
  const names = operations.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !/^[a-z]+(_[a-z]+)?$/.test(name))).toEqual([]);
});

test.each(operations.map(({ name }) => name))('%s lies in a file of its own name', (name) => {
  // What concerns the store as a whole is one word.
  const [noun = '', verb = noun] = name.split('_');
  const folder = noun === verb ? 'store' : noun;
  expect(files).toContain(`${folder}/${verb}.ts`);
});

test('command paths are unique, and none that takes a word is a group of others', () => {
  const paths = commands.map(({ path }) => path);
  expect(new Set(paths).size).toBe(paths.length);
  const taking = commands.flatMap(({ path, command }) => (command.positional ? [path] : []));
  expect(taking.filter((path) => paths.some((other) => other.startsWith(`${path} `)))).toEqual([]);
  expect(paths.filter((path) => !/^[a-z]+( [a-z]+)?$/.test(path))).toEqual([]);
});

describe.each(operations)('$name', (operation) => {
  const { properties, required = [] } = operation.input as {
    properties: Record<string, { description: string }>;
    required?: readonly string[];
  };
  const known = Object.keys(properties);

  test('every argument is documented in a sentence, and what is required exists', () => {
    expect(required.filter((name) => !known.includes(name))).toEqual([]);
    const undocumented = known.filter(
      (name) => !/^[A-Z"a-z].*[.]$/.test(properties[name]?.description ?? ''),
    );
    expect(undocumented).toEqual([]);
    expect(operation.summary).toMatch(/^[A-Z].*\.$/);
  });

  test('aliases, flags, hidden and fixed arguments name arguments that exist', () => {
    const named = [
      ...Object.values(operation.aliases ?? {}),
      ...Object.keys(operation.flags ?? {}),
      ...(operation.unlisted ?? []),
      ...operation.commands.flatMap(({ positional, needs, preset, json, without }) => [
        ...(positional ?? []),
        ...(needs ?? []),
        ...Object.keys({ ...preset, ...json }),
        ...(without ?? []),
      ]),
    ];
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
    const shadowing = Object.keys(operation.aliases ?? {}).filter((name) => known.includes(name));
    expect(shadowing).toEqual([]);
  });

  test('a tool, or at least one command', () => {
    expect(operation.profile !== 'cli' || operation.commands.length > 0).toBe(true);
  });

  test('each command takes what is required, and its examples call it', () => {
    for (const command of operation.commands) {
      const { path, positional = [], preset = {}, needs = [], examples = [] } = command;
      const given = [...positional, ...Object.keys(preset), ...needs];
      expect(required.filter((name) => !given.includes(name))).toEqual([]);
      for (const example of examples) expect(example).toContain(`concord ${path}`);
    }
  });
});
