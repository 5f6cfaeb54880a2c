import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { cleanUp } from '../../src/worker/worktree/clean-up.ts';
import { prepareWorkplace } from '../../src/worker/worktree/prepare.ts';
import type { Workplace } from '../../src/worker/worktree/prepare.ts';
import { openProject } from '../../src/worker/worktree/project.ts';
import type { Project } from '../../src/worker/worktree/project.ts';
import { mergeCommands, unmerged } from '../../src/worker/worktree/unmerged.ts';
import { git, tempDirectory, tempRepository } from '../helpers/repository.ts';
import '../helpers/store.ts';

let directory: string;
let state: string;
let project: Project;

const write = (at: string, name: string, text = `${name}\n`): void =>
  writeFileSync(join(at, name), text);
const commit = (at: string, name: string, text?: string): string => {
  write(at, name, text);
  git(at, 'add', '-A');
  git(at, 'commit', '-q', '-m', `Change ${name}`);
  return git(at, 'rev-parse', 'HEAD');
};
const prepare = (contract: string, ...commits: readonly string[]): Promise<Workplace> =>
  prepareWorkplace(project, { contract, agent: 'api-dev', commits });
const branches = (): string[] =>
  git(directory, 'for-each-ref', '--format=%(refname:short)', 'refs/heads/').split('\n');
const head = (at: string): string => git(at, 'rev-parse', 'HEAD');

const begin = async (...initArgs: readonly string[]): Promise<void> => {
  directory = tempRepository(...initArgs);
  state = tempDirectory();
  project = await openProject(directory, { XDG_STATE_HOME: state });
  commit(directory, 'app.txt');
};
beforeEach(() => begin());

/** All of the user's own that must be as before: branch, index, files, what status says. */
const own = (): unknown => ({
  head: readFileSync(join(directory, '.git/HEAD'), 'utf8'),
  trunk: git(directory, 'rev-parse', 'trunk'),
  index: readFileSync(join(directory, '.git/index')),
  status: git(directory, 'status', '--porcelain', '--ignored'),
  files: readdirSync(directory),
  config: readFileSync(join(directory, '.git/config'), 'utf8'),
});

describe('a work tree for a contract', () => {
  test('stands outside of the project, on a branch of its own, at HEAD', async () => {
    write(directory, 'draft.txt');
    const before = own();
    const place = await prepare('auth/build.api');
    expect(place).toMatchObject({
      path: join(project.home, 'auth+build.api'),
      branch: 'work/auth/build.api',
      commit: head(directory),
      continued: false,
      conflicts: [],
      left: [],
      changes: [],
    });
    expect(project.home.startsWith(`${realpathSync(state)}/concord/worktrees/`)).toBe(true);
    expect(place.path).not.toContain('/.git/');
    expect(readdirSync(place.path).sort()).toEqual(['.git', 'app.txt']);
    commit(place.path, 'new.txt');
    expect(own()).toEqual(before);
  });

  test('is where the configuration says', async () => {
    const elsewhere = realpathSync(tempDirectory());
    git(directory, 'config', 'concord.worktrees', elsewhere);
    const { home } = await openProject(directory, { XDG_STATE_HOME: state });
    expect(home.startsWith(`${elsewhere}/`)).toBe(true);
  });

  test('says where a sandbox must let git write, and that is enough for a commit', async () => {
    const { writable, path } = await prepare('build-api');
    expect(writable).toContain(git(path, 'rev-parse', '--absolute-git-dir'));
    expect(writable).toContain(join(realpathSync(directory), '.git/refs/heads/work'));
    expect(writable).not.toContain(join(realpathSync(directory), '.git'));
  });

  test('contracts whose ids begin alike get branches that git can have side by side', async () => {
    const places = [await prepare('auth'), await prepare('auth/login'), await prepare('auth/a/b')];
    expect(places.map(({ branch }) => branch)).toEqual([
      'work/auth',
      'work/auth+login',
      'work/auth+a+b',
    ]);
    expect((await prepare('auth/login')).path).toBe(places[1]?.path);
    await begin();
    expect((await prepare('auth/login')).branch).toBe('work/auth/login');
    expect(await prepare('auth')).toMatchObject({
      branch: 'work/auth+',
      path: join(project.home, 'auth'),
    });
  });

  test('the same contract on another line has a branch and a place of its own', async () => {
    const first = await prepare('build-api');
    const settings = { XDG_STATE_HOME: state };
    const replay = await openProject(directory, settings, 'replay/graphql');
    const request = { contract: 'build-api', agent: 'api-dev', commits: [] };
    const other = await prepareWorkplace(replay, request);
    expect(other.branch).toBe('work/replay+graphql/build-api');
    expect(other.path).not.toBe(first.path);
    commit(other.path, 'graphql.txt');
    expect(await cleanUp(project, 'build-api')).toMatchObject({ trees: [], kept: false });
    expect(await cleanUp(replay, 'build-api')).toMatchObject({ trees: [], kept: true });
    expect(branches()).toEqual(['trunk', 'work/replay+graphql/build-api']);
  });

  test('is found again through a link', async () => {
    const link = join(tempDirectory(), 'link');
    symlinkSync(state, link);
    project = await openProject(directory, { XDG_STATE_HOME: link });
    const { path } = await prepare('build-api');
    expect(await prepare('build-api')).toMatchObject({ path, continued: true });
    expect(await cleanUp(project, 'build-api')).toMatchObject({ trees: [], kept: false });
  });

  test('two projects of one name do not meet', async () => {
    const other = await openProject(tempRepository(), { XDG_STATE_HOME: state });
    expect(other.home).not.toBe(project.home);
  });

  test('can be made in a repository with SHA-256', async () => {
    await begin('--object-format=sha256');
    const first = await prepare('one');
    const code = commit(first.path, 'one.txt');
    expect(code).toHaveLength(64);
    expect((await prepare('two', code)).commit).toBe(code);
  });

  test('hooks of the project do not run for it', async () => {
    const hook = join(directory, '.git/hooks/post-checkout');
    mkdirSync(join(directory, '.git/hooks'), { recursive: true });
    writeFileSync(hook, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    expect(existsSync((await prepare('build-api')).path)).toBe(true);
  });

  test('a bare repository and one without a commit are refused', async () => {
    await expect(openProject(tempRepository('--bare'), {})).rejects.toMatchObject({
      code: 'NOT_ALLOWED',
      message: expect.stringContaining('bare') as unknown,
    });
    const empty = tempDirectory();
    git(empty, 'init', '-q');
    await expect(openProject(empty, {})).rejects.toThrow(/no commit yet/);
  });

  test('a branch of the user that stands in the way is named', async () => {
    git(directory, 'branch', 'work');
    await expect(prepare('build-api')).rejects.toThrow(/'refs.heads.work'/);
  });
});

describe('what it begins from', () => {
  test("an input's code that HEAD does not have; code that HEAD has is in HEAD", async () => {
    const api = await prepare('api');
    const code = commit(api.path, 'api.txt');
    expect((await prepare('tests', code)).commit).toBe(code);
    git(directory, 'merge', '-q', '--no-edit', code);
    const after = commit(directory, 'more.txt');
    expect((await prepare('docs', code)).commit).toBe(after);
  });

  test('the code of several inputs is merged', async () => {
    const codes = await Promise.all(
      ['api', 'web'].map(async (name) => commit((await prepare(name)).path, `${name}.txt`)),
    );
    const place = await prepare('tests', ...codes);
    expect(place).toMatchObject({ conflicts: [], left: [], changes: [] });
    expect(readdirSync(place.path).sort()).toEqual(['.git', 'api.txt', 'app.txt', 'web.txt']);
    expect(git(place.path, 'log', '-1', '--format=%s')).toBe('Merge code that tests begins from');
  });

  test('the merge needs no name of a user', async () => {
    const codes = await Promise.all(
      ['api', 'web'].map(async (name) => commit((await prepare(name)).path, `${name}.txt`)),
    );
    git(directory, 'config', '--unset', 'user.name');
    git(directory, 'config', '--unset', 'user.email');
    git(directory, 'config', 'user.useConfigOnly', 'true');
    const place = await prepare('tests', ...codes);
    expect(git(place.path, 'log', '-1', '--format=%an')).toBe('api-dev');
  });

  test('files that do not merge are named, and the merge is left to whoever works there', async () => {
    const codes = await Promise.all(
      ['api', 'web'].map(async (name) => commit((await prepare(name)).path, 'app.txt', name)),
    );
    const place = await prepare('tests', ...codes);
    expect(place).toMatchObject({ conflicts: ['app.txt'], left: [codes[1]] });
    expect(readFileSync(join(place.path, 'app.txt'), 'utf8')).toContain('<<<<<<<');
    expect(await cleanUp(project, 'tests')).toMatchObject({ kept: true, trees: [{}] });
  });

  test('what is no commit here is passed over', async () => {
    const place = await prepare('tests', '--upload-pack=x', 'trunk', '0'.repeat(40));
    expect(place).toMatchObject({ commit: head(directory), left: [] });
  });
});

describe('another attempt', () => {
  test('goes on where the branch stands, with what was not committed', async () => {
    const first = await prepare('build-api');
    const code = commit(first.path, 'api.txt');
    write(first.path, 'draft.txt');
    commit(directory, 'more.txt');
    expect(await prepare('build-api')).toMatchObject({
      path: first.path,
      commit: code,
      continued: true,
      changes: ['draft.txt'],
    });
  });

  test("gets its inputs' newer code merged, unless something is not committed", async () => {
    const api = await prepare('api');
    const tests = await prepare('tests', commit(api.path, 'api.txt'));
    commit(tests.path, 'tests.txt');
    const newer = commit(api.path, 'api.txt', 'newer');
    write(tests.path, 'draft.txt');
    expect(await prepare('tests', newer)).toMatchObject({ left: [newer], changes: ['draft.txt'] });
    rmSync(join(tests.path, 'draft.txt'));
    expect(await prepare('tests', newer)).toMatchObject({ left: [], conflicts: [] });
    expect(readFileSync(join(tests.path, 'api.txt'), 'utf8')).toBe('newer');
    expect(existsSync(join(tests.path, 'tests.txt'))).toBe(true);
  });

  test('a work tree whose directory was deleted is made again from its branch', async () => {
    const first = await prepare('build-api');
    const code = commit(first.path, 'api.txt');
    rmSync(first.path, { recursive: true });
    expect(await prepare('build-api')).toMatchObject({ path: first.path, commit: code });
    expect(existsSync(join(first.path, 'api.txt'))).toBe(true);
  });

  test('one that was deleted and is locked is refused', async () => {
    const { path } = await prepare('build-api');
    git(directory, 'worktree', 'lock', path);
    rmSync(path, { recursive: true });
    await expect(prepare('build-api')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await cleanUp(project, 'build-api')).toMatchObject({ trees: [{ why: 'it is locked' }] });
  });

  test('a directory that git does not know any more is left alone', async () => {
    const { path } = await prepare('build-api');
    write(path, 'draft.txt');
    rmSync(join(directory, '.git/worktrees'), { recursive: true });
    const again = await prepare('build-api');
    expect(again.path).toBe(`${path}~2`);
    expect(existsSync(join(path, 'draft.txt'))).toBe(true);
  });

  test('a branch that the user has checked out is not taken away from there', async () => {
    const { path } = await prepare('build-api');
    git(directory, 'worktree', 'remove', path);
    git(directory, 'checkout', '-q', 'work/build-api');
    await expect(prepare('build-api')).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('is checked out in') as unknown,
    });
    expect(await cleanUp(project, 'build-api')).toEqual({
      branch: 'work/build-api',
      trees: [],
      kept: true,
    });
    expect(git(directory, 'rev-parse', '--abbrev-ref', 'HEAD')).toBe('work/build-api');
  });
});

describe('cleaning up', () => {
  test('without any work of its own, nothing stays', async () => {
    const before = own();
    await prepare('build-api');
    expect(await cleanUp(project, 'build-api')).toEqual({
      branch: 'work/build-api',
      trees: [],
      kept: false,
    });
    expect(branches()).toEqual(['trunk']);
    expect(existsSync(project.home)).toBe(false);
    expect(git(directory, 'worktree', 'list').split('\n')).toHaveLength(1);
    expect(own()).toEqual(before);
  });

  test('ignored files are no work', async () => {
    commit(directory, '.gitignore', 'build/\n');
    const { path } = await prepare('build-api');
    mkdirSync(join(path, 'build'));
    write(path, 'build/out.txt');
    expect(await cleanUp(project, 'build-api')).toMatchObject({ trees: [], kept: false });
  });

  test('commits stay on the branch until HEAD has them', async () => {
    const { path } = await prepare('build-api');
    const code = commit(path, 'api.txt');
    expect(await cleanUp(project, 'build-api')).toMatchObject({ trees: [], kept: true });
    expect(existsSync(path)).toBe(false);
    expect(git(directory, 'rev-parse', 'work/build-api')).toBe(code);
    git(directory, 'merge', '-q', code);
    expect(await cleanUp(project, 'build-api')).toMatchObject({ kept: false });
    expect(branches()).toEqual(['trunk']);
  });

  test("an input's commits are not its own; a merge of several neither", async () => {
    const codes = await Promise.all(
      ['api', 'web'].map(async (name) => commit((await prepare(name)).path, `${name}.txt`)),
    );
    await prepare('review', ...codes.slice(0, 1));
    await prepare('join', ...codes);
    expect(await cleanUp(project, 'join')).toMatchObject({ trees: [], kept: false });
    expect(await cleanUp(project, 'review')).toMatchObject({ trees: [], kept: false });
    expect(branches()).toEqual(['trunk', 'work/api', 'work/web']);
  });

  test('a branch that others were built on stays: its next attempt goes on from it', async () => {
    const api = await prepare('api');
    const code = commit(api.path, 'api.txt');
    await prepare('review', code);
    commit((await prepare('tests', code)).path, 'tests.txt');
    expect(await cleanUp(project, 'api')).toMatchObject({ trees: [], kept: true });
    expect(await prepare('api')).toMatchObject({ commit: code, continued: true });
    expect(await cleanUp(project, 'api')).toMatchObject({ trees: [], kept: true });
  });

  test.each<[string, RegExp, (path: string) => void]>([
    ['a new file', /draft\.txt/, (path) => write(path, 'draft.txt')],
    ['a changed file', /app\.txt/, (path) => write(path, 'app.txt', 'changed')],
    ['an index', /app\.txt/, (path) => git(path, 'rm', '-q', '--cached', 'app.txt')],
    ['a lock', /locked/, (path) => git(path, 'worktree', 'lock', path)],
    [
      'a commit of no branch',
      /which no branch has/,
      (path) => {
        git(path, 'checkout', '-q', '--detach');
        commit(path, 'lost.txt');
      },
    ],
    [
      'something half done',
      /half done/,
      (path) => {
        git(path, 'bisect', 'start');
      },
    ],
  ])('%s keeps the work tree', async (_, why, change) => {
    const { path } = await prepare('build-api');
    change(path);
    expect(await cleanUp(project, 'build-api')).toMatchObject({
      trees: [{ path, why: expect.stringMatching(why) as unknown }],
    });
    expect(existsSync(join(path, '.git'))).toBe(true);
  });

  test('a project with submodules is no hindrance, where none was set up', async () => {
    const library = tempRepository();
    git(
      directory,
      '-c',
      'protocol.file.allow=always',
      'submodule',
      '--quiet',
      'add',
      library,
      'lib',
    );
    git(directory, 'commit', '-q', '-m', 'lib');
    const place = await prepare('build-api');
    expect(place.changes).toEqual([]);
    expect(await cleanUp(project, 'build-api')).toMatchObject({ trees: [], kept: false });
    const again = await prepare('build-api');
    git(again.path, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'update', '--init');
    expect(await cleanUp(project, 'build-api')).toMatchObject({
      trees: [{ why: expect.stringContaining('submodules') as unknown }],
    });
  });
});

describe('what HEAD does not have', () => {
  test('is listed with the commands that bring it in', async () => {
    const api = await prepare('api');
    const code = commit(api.path, 'api.txt');
    commit((await prepare('tests', code)).path, 'tests.txt');
    commit((await prepare('auth/docs')).path, 'docs.txt');
    await prepare('nothing');
    const found = await unmerged(project, ['api', 'tests', 'auth/docs', 'nothing', 'never']);
    expect(found).toEqual([
      { contract: 'api', branch: 'work/api', commits: 1, within: 'work/tests' },
      { contract: 'tests', branch: 'work/tests', commits: 2 },
      { contract: 'auth/docs', branch: 'work/auth/docs', commits: 1 },
    ]);
    const commands = mergeCommands(found);
    expect(commands).toEqual(['git merge work/tests', 'git merge work/auth/docs']);
    for (const command of commands)
      git(directory, ...command.split(' ').slice(1), '-q', '--no-edit');
    expect(await unmerged(project, ['api', 'tests', 'auth/docs'])).toEqual([]);
  });

  test('two branches at one commit are one merge', async () => {
    const code = commit((await prepare('api')).path, 'api.txt');
    await prepare('review', code);
    expect(mergeCommands(await unmerged(project, ['api', 'review']))).toEqual([
      'git merge work/api',
    ]);
  });
});
