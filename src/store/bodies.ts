import type { Artifact } from '../model/entity.ts';
import { decode } from './codec.ts';
import type { DerivedIndex } from './derived-index.ts';
import { asWriter } from './index/rows.ts';
import type { Oid } from './object.ts';
import type { Objects } from './objects.ts';

/** So many parsed files are kept in memory, those used last. */
const limit = 500;

/** The contents of artifact files, by blob: parsed when first asked for. */
export class Bodies {
  readonly #objects: Objects;
  readonly #index: DerivedIndex;
  readonly #parsed = new Map<Oid, Artifact>();

  constructor(objects: Objects, index: DerivedIndex) {
    this.#objects = objects;
    this.#index = index;
  }

  async read(blob: Oid): Promise<Artifact> {
    return this.#kept(blob) ?? this.#parse(blob);
  }

  /** A damaged index is mended at the next look at the line; what is kept here only saves time. */
  #kept(blob: Oid): Artifact | undefined {
    const parsed = this.#parsed.get(blob);
    if (parsed) return parsed;
    try {
      const kept = this.#index.facts.kept.body(blob);
      return kept === undefined ? undefined : (JSON.parse(kept) as Artifact);
    } catch {
      return undefined;
    }
  }

  async #parse(blob: Oid): Promise<Artifact> {
    const { body } = await this.#objects.read(blob);
    const artifact = decode('artifact', body, `blob ${blob}`);
    const [oldest] = this.#parsed.keys();
    if (oldest !== undefined && this.#parsed.size >= limit) this.#parsed.delete(oldest);
    this.#parsed.set(blob, artifact);
    return artifact;
  }

  /** The same for many, all of them latest versions; what had to be parsed is kept in the index, if it is free just now. */
  async readLatest(blobs: readonly Oid[]): Promise<Artifact[]> {
    const parsed = new Map<Oid, Artifact>();
    const artifacts = await Promise.all(
      blobs.map(async (blob) => {
        const kept = this.#kept(blob);
        if (kept) return kept;
        const artifact = await this.#parse(blob);
        parsed.set(blob, artifact);
        return artifact;
      }),
    );
    if (parsed.size > 0) this.#keep(parsed);
    return artifacts;
  }

  #keep(parsed: ReadonlyMap<Oid, Artifact>): void {
    const { facts, rows } = this.#index;
    try {
      asWriter(rows, () => {
        for (const [blob, artifact] of parsed) facts.kept.keepBody(blob, JSON.stringify(artifact));
      });
    } catch {
      // The next look at the line mends the index.
    }
  }
}
