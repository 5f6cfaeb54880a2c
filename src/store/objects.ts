import { ConcordError } from '../model/error.ts';
import { CatFile } from './cat-file.ts';
import type { GitObject, Oid } from './object.ts';

/** Bytes of objects kept in memory, the ones used last. */
const cacheBytes = 8 * 1024 * 1024;
/** After this many transactions of ours the reader is started anew: it keeps maps of packs that were folded away. */
const readerLife = 5_000;

/** Reads objects: those written or read lately from memory, the others through one long-lived git. */
export class Objects {
  readonly #git: CatFile;
  readonly #cache = new Map<Oid, GitObject>();
  #bytes = 0;
  #written = 0;

  constructor(gitDir: string) {
    this.#git = new CatFile({ gitDir });
  }

  /** In memory only: what code may ask that must not wait. */
  cached(oid: Oid): GitObject | undefined {
    const object = this.#cache.get(oid);
    if (object) {
      this.#cache.delete(oid);
      this.#cache.set(oid, object);
    }
    return object;
  }

  /** The object of an id, or of a name such as `refs/concord/main:concord.yaml`; undefined when there is none. */
  async find(name: string): Promise<GitObject | undefined> {
    const object = this.cached(name) ?? (await this.#git.read(name));
    if (object) this.keep([object]);
    return object;
  }

  async read(oid: Oid): Promise<GitObject> {
    const object = await this.find(oid);
    if (object) return object;
    throw new ConcordError('STORAGE', `Object ${oid} is missing from the repository.`, {
      next: 'concord doctor',
    });
  }

  readAll(oids: readonly Oid[]): Promise<GitObject[]> {
    return Promise.all(oids.map((oid) => this.read(oid)));
  }

  /** Remembers objects that were written, and those that were read. */
  keep(objects: readonly GitObject[]): void {
    for (const object of objects) {
      if (this.#cache.has(object.oid)) continue;
      this.#cache.set(object.oid, object);
      this.#bytes += object.body.length;
    }
    for (const [oid, object] of this.#cache) {
      if (this.#bytes <= cacheBytes) break;
      this.#cache.delete(oid);
      this.#bytes -= object.body.length;
    }
  }

  wrote(objects: readonly GitObject[]): void {
    this.keep(objects);
    this.#written += 1;
    if (this.#written % readerLife === 0) this.restart();
  }

  /** After packs were folded away. */
  restart(): void {
    this.#git.close();
  }

  close(): void {
    this.#git.close();
  }
}
