// The results as text for a terminal and as a page of the documentation.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem, type as system } from 'node:os';
import { dirname } from 'node:path';

const begin = '<!-- written by hand: begin -->';
const end = '<!-- written by hand: end -->';

const verdict = ({ meets }) => (meets === undefined ? '' : meets ? 'meets' : 'misses');

const cells = (row) => [row.what, row.result, row.goal ?? '', row.value ?? '', verdict(row)];

export const printPart = ({ title, rows, seconds }) => {
  const widths = [62, 46, 34, 10];
  console.log(`\n${title} (${seconds.toFixed(0)} s)`);
  for (const row of rows)
    console.log(
      `  ${cells(row)
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd()}`,
    );
};

export const printSummary = (results) => {
  const rows = results.flatMap((result) => result.rows).filter(({ meets }) => meets !== undefined);
  const missed = rows.filter(({ meets }) => !meets);
  console.log(`\n${rows.length - missed.length} of ${rows.length} goals met.`);
  for (const row of missed) console.log(`  misses: ${row.what}: ${row.value}, goal ${row.goal}`);
};

const fileSystems = {
  0xef53: 'ext4',
  0x01021994: 'tmpfs',
  0x9123683e: 'btrfs',
  0x58465342: 'xfs',
  0x794c7630: 'overlay',
};

export const machine = () => {
  const [cpu] = cpus();
  const disk = statfsSync(tmpdir()).type;
  const git = execFileSync('git', ['--version'], { encoding: 'utf8' })
    .trim()
    .replace('git version', 'git');
  return [
    `${cpus().length} cores (${cpu?.model.trim() || 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GB`,
    `${system()}, temporary files on ${fileSystems[disk] ?? `file system 0x${disk.toString(16)}`}`,
    `Node ${process.versions.node}, ${git}`,
  ].join('; ');
};

const tableOf = ({ title, rows }) => [
  `### ${title}`,
  '',
  '| what | result | goal | measured | |',
  '| --- | --- | --- | --- | --- |',
  ...rows.map(
    (row) =>
      `| ${cells(row)
        .map((cell) => cell.replaceAll('|', '\\|'))
        .join(' | ')} |`,
  ),
  '',
];

const keptText = (path) => {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  return from < 0 || to < from ? `${begin}\n\n${end}` : text.slice(from, to + end.length);
};

/** Writes the page anew, but for what stands between the two marks. */
export const writePage = (path, results, how) => {
  const page = [
    '# Performance',
    '',
    `Made by \`npm run bench -- ${[...how, `--write ${path}`].join(' ')}\` on ${new Date().toISOString().slice(0, 10)}.`,
    'Variants are measured by turns in one run, in new directories; times are medians unless they say otherwise. Absolute',
    'times differ from machine to machine and from hour to hour: the ratios are what counts. A publish is durable: it is',
    'answered when the disk has confirmed its pack and its ref.',
    '',
    `Machine: ${machine()}.`,
    '',
    '## Results',
    '',
    ...results.flatMap(tableOf),
    '## Where a goal is missed',
    '',
    keptText(path),
    '',
  ];
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, page.join('\n'));
};
