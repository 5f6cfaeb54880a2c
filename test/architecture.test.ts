// The layers of src/ and what each may import. Imports point down only:
//
//   cli, mcp, hook, worker -> operations -> store -> model
//
// A failure names the file and the import. When a new import is right, change the
// table here in the same commit and say why.

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const longest = 300;

interface Layer {
  /** Layers below that it may import. */
  readonly below: readonly string[];
  /** Layers of which it may import types, which leave nothing at run time. */
  readonly typesOf?: readonly string[];
  /** Whether it may import modules of Node. */
  readonly node: boolean;
  /** Packages, and '#' imports, that it may import. */
  readonly packages: readonly string[];
}

const layers: Readonly<Record<string, Layer>> = {
  model: { below: [], node: false, packages: [] },
  store: {
    below: ['model'],
    node: true,
    packages: ['libsql', 'yaml', 'simple-git', '#files'],
  },
  operations: {
    below: ['store', 'model'],
    node: true,
    packages: [
      '@marcbachmann/cel-js',
      'ajv',
      'ajv-formats',
      // The files of coding agents are the user's: only our entries in them may change.
      'jsonc-parser',
      're2js',
      '#types',
      '#inputs',
    ],
  },
  cli: { below: ['operations', 'model'], typesOf: ['store'], node: true, packages: ['commander'] },
  mcp: {
    below: ['operations', 'model'],
    typesOf: ['store'],
    node: true,
    packages: ['@modelcontextprotocol/sdk'],
  },
  hook: { below: ['operations', 'model'], typesOf: ['store'], node: true, packages: [] },
  // The supervisor: it starts programs and looks after their work trees, so it needs Node, and git through the operations.
  worker: { below: ['operations', 'model'], typesOf: ['store'], node: true, packages: [] },
  // The files directly in src/: what the package exports, and the source of the reference pages.
  '': { below: ['operations', 'store', 'model'], node: false, packages: [] },
};

/** Imports that no rule allows, each with its reason. */
const exceptions: readonly { file: string; target: string; lazy: boolean; why: string }[] = [
  { file: 'src/cli/extras.ts', target: 'mcp', lazy: true, why: '`concord mcp` starts the server' },
  { file: 'src/cli/extras.ts', target: 'hook', lazy: true, why: '`concord hook` answers clients' },
  { file: 'src/cli/main.ts', target: 'hook', lazy: true, why: 'a hook starts without commands' },
  {
    file: 'src/cli/supervise.ts',
    target: 'worker',
    lazy: true,
    why: '`concord run` starts agents',
  },
  { file: 'src/reference.ts', target: 'cli', lazy: false, why: 'the pages show the commands' },
  { file: 'src/reference.ts', target: 'mcp', lazy: false, why: 'the pages show the tools' },
];

interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly lazy: boolean;
}

/** Comments may show imports as examples; only code counts. */
function withoutComments(source: string): string {
  return source.replace(/^\s*\/\/.*$/gmu, '').replace(/\/\*[\s\S]*?\*\//gu, '');
}

function importsOf(file: string, source: string): Import[] {
  const code = withoutComments(source);
  const found: Import[] = [];
  const fixed = /^\s*(?:import|export)\b(\s+type\b)?(?:[^'"`;]*?\bfrom)?\s*['"]([^'"]+)['"]/gmu;
  for (const [, type, specifier] of code.matchAll(fixed)) {
    found.push({ file, specifier: specifier ?? '', typeOnly: type !== undefined, lazy: false });
  }
  for (const [, specifier] of code.matchAll(/\b(?:import|require)\s*\(\s*['"]([^'"]+)['"]/gu)) {
    found.push({ file, specifier: specifier ?? '', typeOnly: false, lazy: true });
  }
  return found;
}

/** 'src/store/a/b.ts' -> 'store'; '' for a file directly in src/. */
function layerOf(file: string): string {
  const parts = file.split('/');
  return parts.length > 2 ? (parts[1] ?? '') : '';
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

function isRelativeAllowed(found: Import, layer: Layer): boolean {
  const target = relative(root, resolve(root, dirname(found.file), found.specifier));
  if (!target.startsWith('src/')) return false;
  const to = layerOf(target);
  if (to === layerOf(found.file) || layer.below.includes(to)) return true;
  if (found.typeOnly && layer.typesOf?.includes(to) === true) return true;
  return exceptions.some(
    (one) => one.file === found.file && one.target === to && (!one.lazy || found.lazy),
  );
}

/** undefined when the import is allowed. */
function violation(found: Import): string | undefined {
  const text = `${found.file} imports ${found.specifier}`;
  const name = layerOf(found.file);
  const layer = layers[name];
  if (layer === undefined) return `${text}: src/${name} is no known layer`;
  if (found.specifier.startsWith('.')) {
    return isRelativeAllowed(found, layer) ? undefined : `${text}: not below ${name || 'src'}`;
  }
  if (found.specifier.startsWith('node:')) {
    return layer.node ? undefined : `${text}: ${name || 'src'} may not import modules of Node`;
  }
  if (layer.packages.includes(packageOf(found.specifier))) return undefined;
  return `${text}: not among the packages of ${name || 'src'}`;
}

function sourceFiles(): string[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `src/${name.replaceAll('\\', '/')}`);
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

describe('architecture', () => {
  test('imports point down only', () => {
    const files = sourceFiles();
    expect(files).not.toEqual([]);
    const found = files.flatMap((file) => importsOf(file, read(file)));
    expect(found.map(violation).filter((text) => text !== undefined)).toEqual([]);
  });

  test.each([
    ['src/model/a.ts', "import { readFile } from 'node:fs';"],
    ['src/model/a.ts', "import type { Store } from '../store/store.ts';"],
    ['src/model/a.ts', "export * from 'yaml';"],
    ['src/store/a.ts', "import { list } from '../operations/index.ts';"],
    ['src/store/a.ts', "const { Command } = await import('commander');"],
    ['src/operations/artifact/get.ts', "import {\n  open,\n  type Row,\n} from 'libsql';"],
    ['src/cli/a.ts', "import { openStore } from '../store/store.ts';"],
    ['src/cli/a.ts', "await import('../mcp/main.ts');"],
    ['src/cli/extras.ts', "import '../mcp/main.ts';"],
    ['src/cli/a.ts', "import '../../test/helper.ts';"],
    ['src/web/a.ts', "import '../model/a.ts';"],
    ['src/index.ts', "import { program } from './cli/program.ts';"],
  ])('a planted import is found: %s: %s', (file, source) => {
    expect(importsOf(file, source).map(violation)).toEqual([expect.stringContaining(file)]);
  });

  test.each([
    ['src/cli/a.ts', "import type { Store } from '../store/store.ts';"],
    ['src/cli/extras.ts', "await import('../mcp/main.ts');"],
    ['src/store/a.ts', "import { basename } from 'node:path';"],
    ['src/operations/a.ts', "import { Ajv2020 } from 'ajv/dist/2020.js';"],
    ['src/index.ts', "export { openStore } from './operations/open.ts';"],
  ])('a rightful import is allowed: %s: %s', (file, source) => {
    expect(importsOf(file, source).map(violation)).toEqual([undefined]);
  });

  test(`no source file is longer than ${longest} lines`, () => {
    const lengths = sourceFiles().map(
      (file) => [file, read(file).trimEnd().split('\n').length] as const,
    );
    expect(lengths.filter(([, lines]) => lines > longest)).toEqual([]);
  });
});

describe('repository', () => {
  // Put together from parts, so that this file does not contain what it looks for.
  const unwanted = [
    new RegExp(['registry', '[a-z]+js', 'org'].join('\\.'), 'u'),
    new RegExp(['', 'work', ''].join('/'), 'u'),
  ];

  function textFiles(): string[] {
    const list = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    return [...new Set(list.split('\0'))].filter((file) => file !== '');
  }

  /** Empty for binary files, and for those that git knows but the work tree lacks. */
  function textOf(file: string): string {
    try {
      const text = read(file);
      return text.includes('\0') ? '' : text;
    } catch {
      return '';
    }
  }

  test('no file names a place that exists on one machine only', () => {
    const found = textFiles().flatMap((file) => {
      const lines = textOf(file).split('\n');
      return lines.flatMap((line, index) =>
        unwanted.some((pattern) => pattern.test(line)) ? [`${file}:${index + 1}`] : [],
      );
    });
    expect(found).toEqual([]);
  });
});
