import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import type { GitObject, ObjectFormat, ObjectType } from './object.ts';

const typeNumber: Record<ObjectType, number> = { commit: 1, tree: 2, blob: 3, tag: 4 };

/** A pack and its index as bytes; `name` is what git would call the pair: pack-<name>.pack, .idx. */
export type Pack = { readonly name: string; readonly pack: Buffer; readonly index: Buffer };

/**
 * Pack version 2 of whole objects (no deltas) and its index version 2, as git's Documentation/gitformat-pack describes them. The
 * objects must be distinct.
 */
export const encodePack = (format: ObjectFormat, objects: readonly GitObject[]): Pack => {
  const parts = [header(objects.length)];
  const entries: Entry[] = [];
  let offset = 12;
  for (const object of objects) {
    const bytes = Buffer.concat([entryHeader(object), deflateSync(object.body, { level: 1 })]);
    entries.push({ oid: Buffer.from(object.oid, 'hex'), crc: crc32(bytes), offset });
    parts.push(bytes);
    offset += bytes.length;
  }
  const body = Buffer.concat(parts);
  const checksum = createHash(format.name).update(body).digest();
  return {
    name: checksum.toString('hex'),
    pack: Buffer.concat([body, checksum]),
    index: encodeIndex(format, entries, checksum),
  };
};

type Entry = { readonly oid: Buffer; readonly crc: number; readonly offset: number };

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const header = (count: number): Buffer =>
  Buffer.concat([Buffer.from('PACK'), uint32(2), uint32(count)]);

/** Type and size: three bits of type and four of size first, then seven of size a byte, high bit for "more". */
const entryHeader = ({ type, body }: GitObject): Buffer => {
  const bytes: number[] = [];
  let rest = Math.floor(body.length / 16);
  let byte = (typeNumber[type] << 4) | (body.length % 16);
  while (rest > 0) {
    bytes.push(byte | 0x80);
    byte = rest % 128;
    rest = Math.floor(rest / 128);
  }
  bytes.push(byte);
  return Buffer.from(bytes);
};

const encodeIndex = (
  format: ObjectFormat,
  unsorted: readonly Entry[],
  checksum: Buffer,
): Buffer => {
  const entries = unsorted.toSorted((a, b) => Buffer.compare(a.oid, b.oid));
  const fanout = Buffer.alloc(1024);
  let next = 0;
  for (let first = 0; first < 256; first += 1) {
    while (next < entries.length && (entries[next]?.oid[0] ?? 0) <= first) next += 1;
    fanout.writeUInt32BE(next, first * 4);
  }
  const body = Buffer.concat([
    Buffer.from([0xff, 0x74, 0x4f, 0x63, 0, 0, 0, 2]),
    fanout,
    ...entries.map((entry) => entry.oid),
    ...entries.map((entry) => uint32(entry.crc)),
    ...entries.map((entry) => uint32(entry.offset)),
    checksum,
  ]);
  return Buffer.concat([body, createHash(format.name).update(body).digest()]);
};
