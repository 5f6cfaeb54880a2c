import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { ConcordError } from '../model/error.ts';
import { printable } from '../model/text.ts';
import { gitEnvironment } from './git.ts';
import type { GitObject, ObjectType } from './object.ts';

type Pending = {
  readonly resolve: (object: GitObject | undefined) => void;
  readonly reject: (error: Error) => void;
};

/**
 * A long-lived `git cat-file --batch-command`: one process reads any number of objects, sees new packs and refs at once, and stays right
 * while others repack. Requests are answered in order. It never keeps this process from ending.
 */
export class CatFile {
  readonly #args: readonly string[];
  readonly #cwd: string;
  #child: ChildProcessWithoutNullStreams | undefined;
  #pending: Pending[] = [];
  #chunks: Buffer[] = [];
  #size = 0;
  #wanted = 0;
  #said = '';
  #closing = false;

  /** With a git directory, or a work directory in which git looks for one. */
  constructor(where: { readonly gitDir: string } | { readonly directory: string }) {
    // Away from the repository, so that nobody takes this idle reader for a git at work in it.
    this.#cwd = 'directory' in where ? where.directory : '/';
    this.#args = [
      ...('gitDir' in where ? [`--git-dir=${where.gitDir}`] : []),
      'cat-file',
      '--batch-command',
    ];
  }

  /** The object behind a name git understands (an id, `ref:path`); undefined when there is none. */
  read(name: string): Promise<GitObject | undefined> {
    const child = (this.#child ??= this.#start());
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      this.#hold(child);
      child.stdin.write(`contents ${name}\n`);
    });
  }

  /** Ends the process once what was asked is answered; the next read starts a new one. */
  close(): void {
    this.#closing = true;
    this.#closeWhenIdle();
  }

  #closeWhenIdle(): void {
    if (!this.#closing || this.#pending.length > 0) return;
    this.#closing = false;
    this.#child?.stdin.end();
    this.#child = undefined;
  }

  #start(): ChildProcessWithoutNullStreams {
    // In a group of its own: a Ctrl-C in the terminal is for this program to answer. It ends when its standard input does.
    const child = spawn('git', this.#args, {
      cwd: this.#cwd,
      env: gitEnvironment(),
      detached: true,
    });
    child.stdout.on('data', (chunk: Buffer) => this.#receive(child, chunk));
    child.stderr.on('data', (chunk: Buffer) => (this.#said += chunk.toString('utf8')));
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => this.#fail(child, error.message));
    child.on('close', () => this.#fail(child, this.#said.trim() || 'it ended'));
    return child;
  }

  /** While an answer is awaited the child keeps this process alive; otherwise it must not. */
  #hold(child: ChildProcessWithoutNullStreams): void {
    const parts = [child, child.stdin, child.stdout, child.stderr] as unknown as {
      ref(): void;
      unref(): void;
    }[];
    for (const part of parts) {
      if (this.#pending.length > 0) part.ref();
      else part.unref();
    }
  }

  #fail(child: ChildProcessWithoutNullStreams, why: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    const failed = this.#pending;
    this.#pending = [];
    this.#chunks = [];
    this.#size = 0;
    this.#wanted = 0;
    this.#said = '';
    for (const { reject } of failed) reject(failure(why));
  }

  #receive(child: ChildProcessWithoutNullStreams, chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#wanted) return;
    let buffer = Buffer.concat(this.#chunks);
    for (let taken = this.#take(buffer); taken > 0; taken = this.#take(buffer))
      buffer = buffer.subarray(taken);
    this.#chunks = [buffer];
    this.#size = buffer.length;
    if (this.#pending.length === 0) this.#hold(child);
    this.#closeWhenIdle();
  }

  /** Takes one answer off the front; returns its length, or 0 when it is not whole yet. */
  #take(buffer: Buffer): number {
    const end = buffer.indexOf(10);
    if (end < 0) return 0;
    const [oid = '', type = '', size] = buffer.toString('utf8', 0, end).split(' ');
    if (size === undefined || !/^\d+$/.test(size)) {
      this.#wanted = 0;
      this.#pending.shift()?.resolve(undefined);
      return end + 1;
    }
    const length = end + 1 + Number(size) + 1;
    this.#wanted = buffer.length < length ? length : 0;
    if (buffer.length < length) return 0;
    const body = Buffer.from(buffer.subarray(end + 1, length - 1));
    this.#pending.shift()?.resolve({ oid, type: type as ObjectType, body });
    return length;
  }
}

const failure = (why: string): ConcordError => {
  if (/not a git repository/.test(why)) {
    return new ConcordError('NO_STORE', 'This is not inside a git repository.', {
      next: 'git init, then concord init',
    });
  }
  const hint = /batch-command/.test(why) ? { hint: 'Concord needs git 2.36 or newer.' } : {};
  return new ConcordError('STORAGE', `git cat-file could not read: ${printable(why)}`, hint);
};
