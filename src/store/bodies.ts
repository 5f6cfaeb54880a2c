import type { Artifact } from '../model/entity.ts';
import { decode } from './codec.ts';
import type { DerivedIndex } from './derived-index.ts';
import { asWriter } from './index/rows.ts';
import type { Oid } from './object.ts';
import type { Objects } from './objects.ts';

/** The contents of artifact files, by blob: parsed when first asked for. */
export class Bodies {
  readonly #objects: Objects;
  readonly #index: DerivedIndex;

  constructor(objects: Objects, index: DerivedIndex) {
    this.#objects = objects;
    this.#index = index;
  }

  async read(blob: Oid): Promise<Artifact> {
    return this.#kept(blob) ?? this.#parse(blob);
  }

  /** A damaged index is mended at the next look at the line; what is kept here only saves time. */
  #kept(blob: Oid): Artifact | undefined {
    try {
      const kept = this.#index.facts.body(blob);
      return kept === undefined ? undefined : (JSON.parse(kept) as Artifact);
    } catch {
      return undefined;
    }
  }

  async #parse(blob: Oid): Promise<Artifact> {
    const { body } = await this.#objects.read(blob);
    return decode('artifact', body, `blob ${blob}`);
  }

  /** The same for many, all of them latest versions; what had to be parsed is kept in the index, if it is free just now. */
  async readLatest(blobs: readonly Oid[]): Promise<Artifact[]> {
    const artifacts = await Promise.all(blobs.map((blob) => this.read(blob)));
    const { facts, rows } = this.#index;
    if (blobs.some((blob) => this.#kept(blob) === undefined)) {
      asWriter(rows, () => {
        for (const [at, artifact] of artifacts.entries())
          facts.keepBody(blobs[at] ?? '', JSON.stringify(artifact));
      });
    }
    return artifacts;
  }
}
