import type { Oid } from '../object.ts';
import type { Rows } from './rows.ts';

/** Objects that are at hand in the index, to save reading them from git: any of them may be missing. */
export class KeptObjects {
  readonly #rows: Rows;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** An artifact's file as JSON text, if it is kept: those of latest versions are, once they were written or read here. */
  body(blob: Oid): string | undefined {
    return this.#rows.get('body', '', blob) as string | undefined;
  }

  keepBody(blob: Oid, json: string): void {
    this.#rows.put('body', '', blob, json);
  }

  dropBody(blob: Oid): void {
    this.#rows.delete('body', '', blob);
  }

  tree(oid: Oid): Buffer | undefined {
    return this.#rows.get('tree', '', oid) as Buffer | undefined;
  }

  keepTree(oid: Oid, body: Buffer): void {
    this.#rows.put('tree', '', oid, body);
  }

  dropTree(oid: Oid): void {
    this.#rows.delete('tree', '', oid);
  }
}
