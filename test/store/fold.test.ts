import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { fold, sweepKeeps } from '../../src/store/fold.ts';
import { processMark } from '../../src/store/lock-owner.ts';
import { makeObject } from '../../src/store/object.ts';
import { packList } from '../../src/store/pack-file.ts';
import { encodePack } from '../../src/store/pack.ts';
import { openRepository } from '../../src/store/repository.ts';
import { git, tempRepository } from '../helpers/repository.ts';
import { gitWith } from '../helpers/scratch.ts';
import { fsck, get, newStore, open, put, rebuiltRows, rowsOf, trailers } from '../helpers/store.ts';

/** The mark of a process that is surely gone. */
const dead = processMark().replace(/^\d+-\d+/, '999999999-1');

const packsIn = (directory: string): string[] =>
  readdirSync(join(directory, '.git/objects/pack')).filter((name) => name.endsWith('.pack'));

/** A pack of the user's: a commit with a file that nothing can make smaller. */
const userPack = (directory: string, name: string): string[] => {
  const before = packsIn(directory);
  const text = Array.from({ length: 20_000 }, (_, at) => `${name} ${Math.sin(at)}`).join('\n');
  const blob = gitWith(directory, text, ['hash-object', '-w', '--stdin']);
  git(directory, 'update-ref', `refs/blobs/${name}`, blob);
  git(directory, 'repack', '-q', '-d');
  return packsIn(directory).filter((pack) => !before.includes(pack));
};

test('after a hundred publishes the packs are few and those of the user are as they were', async () => {
  const directory = tempRepository();
  const theirs = [...userPack(directory, 'one'), ...userPack(directory, 'two')];
  expect(theirs).toHaveLength(2);
  git(directory, 'multi-pack-index', 'write');
  const warnings: string[] = [];
  const store = await newStore(directory, { warn: (text) => warnings.push(text) });
  const reader = await open(directory);
  let most = 0;
  for (let at = 0; at < 100; at += 1) {
    await put(store, `doc-${at % 7}`, at);
    most = Math.max(most, packsIn(directory).length);
    // Agents take longer than this; a bulk import may run ahead of the fold, which then catches up.
    await sleep(10);
    if (at % 10 === 0) expect(await get(reader, `doc-${at % 7}`)).toBe(at);
  }
  await store.close();
  expect(warnings).toEqual([]);
  expect(most).toBeLessThan(50);
  expect(packsIn(directory).length).toBeLessThan(35);
  expect(packsIn(directory)).toEqual(expect.arrayContaining(theirs));
  const names = readdirSync(join(directory, '.git/objects/pack'));
  expect(names).toContain('multi-pack-index');
  expect(names.filter((name) => !/\.(pack|idx)$|^multi-pack-index$/.test(name))).toEqual([]);
  git(directory, 'multi-pack-index', 'verify', '--no-progress');
  expect(fsck(directory)).toBe('');
  expect(trailers(directory, 'Concord-Artifact')).toHaveLength(100);
  expect(await rebuiltRows(directory)).toEqual(await rowsOf(reader));
}, 60_000);

test('a store opened for one call only is folded too', async () => {
  const directory = tempRepository();
  await (await newStore(directory)).close();
  for (let at = 0; at < 45; at += 1) {
    const store = await open(directory);
    await put(store, 'doc', at);
    await store.close();
  }
  expect(packsIn(directory).length).toBeLessThan(35);
  expect(fsck(directory)).toBe('');
}, 60_000);

test('one folds at a time, and a lock left by a killed one does not last', async () => {
  const directory = tempRepository();
  const store = await newStore(directory);
  for (let at = 0; at < 10; at += 1) await put(store, 'doc', at);
  const repository = await openRepository(directory);
  const [one, two] = await Promise.all([fold(repository), fold(repository)]);
  expect([one, two]).toEqual([true, false]);
  for (let at = 0; at < 4; at += 1) await put(store, 'doc', at);
  writeFileSync(join(repository.local, 'fold.lock'), dead);
  expect(await fold(repository)).toBe(false);
  expect(await fold(repository)).toBe(true);
  expect(readdirSync(repository.local)).not.toContain('fold.lock');
});

test('what killed writers left is swept; what lives, or is not ours, stays', async () => {
  const directory = tempRepository();
  const store = await newStore(directory);
  await put(store, 'doc', 1);
  const repository = await openRepository(directory);
  const folder = join(directory, '.git/objects/pack');
  const hash = (digit: string): string => digit.repeat(40);
  const mine = processMark();
  const write = (name: string, content: string, minutes = 0): void => {
    writeFileSync(join(folder, name), content);
    const time = Date.now() / 1000 - minutes * 60;
    utimesSync(join(folder, name), time, time);
  };
  const gone = [
    `pack-${hash('a')}.keep`,
    `pack-${hash('b')}.keep`,
    `concord_pack_${dead}-x`,
    `concord_idx_${dead}-x`,
  ];
  const stay = [
    `pack-${hash('c')}.keep`,
    `pack-${hash('d')}.keep`,
    `concord_pack_${mine}-x`,
    'tmp_pack_AbCdEf',
  ];
  write(gone[0] ?? '', `concord ${dead}\n`);
  write(gone[1] ?? '', 'concord 1-1-elsewhere\n', 11);
  write(gone[2] ?? '', 'x');
  write(gone[3] ?? '', 'x');
  write(stay[0] ?? '', `concord ${mine}\n`);
  write(stay[1] ?? '', 'the user wants this\n', 1000);
  write(stay[2] ?? '', 'x');
  write(stay[3] ?? '', 'x');
  expect(sweepKeeps(repository)).toBe(gone.length);
  const names = readdirSync(folder);
  for (const name of gone) expect(names).not.toContain(name);
  for (const name of stay) expect(names).toContain(name);
});

test('a pack of the user that appears while packs are folded stays theirs', async () => {
  const directory = tempRepository();
  const store = await newStore(directory);
  for (let at = 0; at < 10; at += 1) await put(store, 'doc', at);
  const repository = await openRepository(directory);
  const folding = fold(repository);
  // The fold looks at what is there before it starts git: what comes after this line came while it ran.
  // So many objects that a fold by size leaves them where they are.
  const objects = Array.from({ length: 1000 }, (_, at) =>
    makeObject(repository.format, 'blob', Buffer.from(`of the user ${at}`)),
  );
  const { name, pack, index } = encodePack(repository.format, objects);
  const folder = join(directory, '.git/objects/pack');
  writeFileSync(join(folder, `pack-${name}.pack`), pack);
  writeFileSync(join(folder, `pack-${name}.idx`), index);
  expect(await folding).toBe(true);
  const listed = readFileSync(packList(repository), 'utf8');
  expect(listed).not.toContain(name);
  const others = packsIn(directory).filter((file) => file !== `pack-${name}.pack`);
  for (const file of others) expect(listed).toContain(file.slice(0, -5));
  for (let at = 0; at < 10; at += 1) await put(store, 'doc', at);
  expect(await fold(repository)).toBe(true);
  expect(packsIn(directory)).toContain(`pack-${name}.pack`);
  expect(fsck(directory)).toBe('');
});

test('the list of packs forgets those that are gone', async () => {
  const directory = tempRepository();
  const store = await newStore(directory);
  for (let at = 0; at < 3; at += 1) await put(store, 'doc', at);
  const repository = await openRepository(directory);
  const list = (): string[] => readFileSync(packList(repository), 'utf8').trimEnd().split('\n');
  const gone = (count: number): string =>
    Array.from({ length: count }, (_, at) => `pack-${String(at).padStart(40, '0')}\n`).join('');
  const ours = list();
  writeFileSync(packList(repository), gone(150) + `${ours.join('\n')}\n`);
  await fold(repository);
  expect(list().length).toBeGreaterThan(150);
  writeFileSync(packList(repository), gone(300) + `${list().slice(150).join('\n')}\n`);
  await fold(repository);
  expect(list().map((name) => `${name}.pack`)).toEqual(expect.arrayContaining(packsIn(directory)));
  expect(list().length).toBeLessThan(10);
  expect(readdirSync(repository.local)).not.toContain('packs.new');
});

test('a list of packs that cannot be written refuses no publish', async () => {
  const directory = tempRepository();
  const store = await newStore(directory);
  const repository = await openRepository(directory);
  rmSync(packList(repository));
  mkdirSync(packList(repository));
  expect((await put(store, 'doc', 1)).ref).toBe('doc@1');
  expect(await get(store, 'doc')).toBe(1);
});
