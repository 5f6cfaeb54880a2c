// What a publish does to the disk, seen by wrapping the calls of node:fs, and a bare loop that does the same and nothing else.

import fs from 'node:fs';
import { dirname, join, relative } from 'node:path';

const wrapped = [
  'openSync',
  'closeSync',
  'writeFileSync',
  'appendFileSync',
  'fsyncSync',
  'fdatasyncSync',
  'renameSync',
  'linkSync',
  'unlinkSync',
  'rmSync',
];

/** The calls made while the body runs, outermost ones only, with what they returned. */
export const recordCalls = async (body) => {
  const calls = [];
  const originals = Object.fromEntries(wrapped.map((name) => [name, fs[name]]));
  let depth = 0;
  for (const name of wrapped) {
    fs[name] = (...values) => {
      depth += 1;
      try {
        const result = originals[name](...values);
        if (depth === 1) calls.push({ name, values, result });
        return result;
      } finally {
        depth -= 1;
      }
    };
  }
  try {
    await body();
  } finally {
    Object.assign(fs, originals);
  }
  return calls;
};

export const countCalls = (calls, ...names) =>
  calls.filter(({ name }) => names.includes(name)).length;

/** Only what changes the disk: files that were opened to be read are left out, directories that were synced are not. */
export const changesOf = (calls) => {
  const used = new Set();
  const uses = [];
  for (const call of calls.toReversed()) {
    const { name, values, result } = call;
    if (name === 'openSync') {
      if (used.delete(result)) uses.push(call);
    } else if (name === 'closeSync') uses.push(call);
    else {
      if (typeof values[0] === 'number') used.add(values[0]);
      uses.push(call);
    }
  }
  return withoutIdleCloses(uses.reverse());
};

const withoutIdleCloses = (calls) => {
  const open = new Set();
  return calls.filter(({ name, values, result }) => {
    if (name === 'openSync') open.add(result);
    return name !== 'closeSync' || open.delete(values[0]);
  });
};

/** Replays the recorded changes under another directory; names made of hashes are new ones each time. */
export const makeFloor = (calls, from, to) => {
  const steps = changesOf(calls);
  const place = (path, turn) =>
    join(to, relative(from, path)).replaceAll(
      /[0-9a-f]{16,}/g,
      `0123456789abcdef${String(turn).padStart(8, '0')}`,
    );
  for (const { values } of steps)
    for (const value of values.slice(0, 2))
      if (isPath(value, from)) fs.mkdirSync(dirname(place(value, 0)), { recursive: true });
  return (turn) => {
    const files = new Map();
    for (const { name, values, result } of steps) {
      const args = values.map((value, at) =>
        at === 0 && typeof value === 'number'
          ? files.get(value)
          : isPath(value, from)
            ? place(value, turn)
            : value,
      );
      const made = fs[name](...args);
      if (name === 'openSync') files.set(result, made);
    }
  };
};

const isPath = (value, from) => typeof value === 'string' && value.startsWith(`${from}/`);
