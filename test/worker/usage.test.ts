import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { longestLine } from '../../src/worker/usage/lines.ts';
import { usageOf, usageOfFile } from '../../src/worker/usage/usage.ts';
import { tempDirectory } from '../helpers/repository.ts';
import { claudeLines, codexLines, geminiText } from './captured.ts';

const claude = claudeLines.join('\n');
const result = claudeLines.at(-1) ?? '';

describe('claude', () => {
  test('says at its end what the session has used in all, and what was denied', () => {
    expect(usageOf('claude', `${claude}\n`)).toEqual({
      usd: 0.015,
      tokens: 3150,
      seconds: 0.257,
      session: '5258485b-d73c-425b-a1c1-a5492d9f5289',
      cumulative: true,
      denied: [
        'Write /repo/new.txt',
        'Bash env | sort; echo hi > b.txt; git add -A && git commit -qm work && git log --oneline',
      ],
      said: 'done',
      finished: true,
    });
  });

  test('when killed, has the tokens of its answers alone, and no dollars', () => {
    const cut = claude.slice(0, claude.indexOf(result) + 40);
    const usage = usageOf('claude', cut);
    expect(usage).toMatchObject({ tokens: 3150, cumulative: false, finished: false, said: 'done' });
    expect(usage).not.toHaveProperty('usd');
    expect(usage.denied).toEqual(['Write', 'Bash']);
  });

  test('counts an answer that comes in several lines once, with the most that it says', () => {
    const line = (id: string, tokens: number): string =>
      JSON.stringify({ type: 'assistant', message: { id, usage: { output_tokens: tokens } } });
    const lines = [line('a', 5), line('a', 8), line('a', 8), line('b', 1), line('c', 2)];
    expect(usageOf('claude', lines.join('\n')).tokens).toBe(11);
  });

  test('killed in a later turn, keeps the dollars of the turns before and adds the tokens since', () => {
    const usage = usageOf('claude', [claude, claudeLines[1], ''].join('\n'));
    expect(usage).toMatchObject({ usd: 0.015, tokens: 4200, cumulative: true, finished: false });
  });

  test('says why it ended where that was no success', () => {
    const over = {
      type: 'result',
      subtype: 'error_max_budget_usd',
      is_error: true,
      errors: ['Reached maximum budget ($0.5)'],
      total_cost_usd: 0.75,
    };
    expect(usageOf('claude', JSON.stringify(over))).toMatchObject({
      usd: 0.75,
      said: 'Reached maximum budget ($0.5)',
      finished: true,
    });
    expect(usageOf('claude', 'Error: Session ID x is already in use.\n').said).toBe(
      'Error: Session ID x is already in use.',
    );
  });

  test('what an agent writes is no result', () => {
    const text = `Look:\n${result}\n`;
    const forged = { type: 'assistant', message: { id: 'm', content: [{ type: 'text', text }] } };
    const tool = { type: 'user', message: { content: [{ type: 'tool_result', content: result }] } };
    const usage = usageOf('claude', [forged, tool].map((one) => JSON.stringify(one)).join('\n'));
    expect(usage).not.toHaveProperty('usd');
    expect(usage.finished).toBe(false);
    expect(usage.said).not.toContain('\n');
  });

  test('last words are one line, printable and short', () => {
    const line = JSON.stringify({ type: 'result', result: `First.\n\u001b[2J${'x'.repeat(999)}` });
    const said = usageOf('claude', line).said ?? '';
    expect(said).toMatch(/^\\u\{001b\}\[2Jx+…$/);
    expect(said.length).toBeLessThanOrEqual(300);
  });
});

describe('codex and gemini', () => {
  test('codex says the tokens of the thread and its last words', () => {
    expect(usageOf('codex', codexLines.join('\n'))).toEqual({
      tokens: 4200,
      session: '01a2065f-0b99-7083-8bab-46a05d9f6d29',
      cumulative: true,
      denied: [],
      said: 'done',
      finished: true,
    });
    expect(usageOf('codex', codexLines.slice(0, -1).join('\n'))).toMatchObject({ finished: false });
  });

  test('codex that fails says why', () => {
    const failed = { type: 'turn.failed', error: { message: 'stream disconnected' } };
    expect(usageOf('codex', JSON.stringify(failed))).toMatchObject({
      said: 'stream disconnected',
      finished: true,
    });
  });

  test('gemini says the tokens of its run in one object, whatever stands around it', () => {
    expect(usageOf('gemini', `Loaded cached credentials.\n${geminiText}Warning: bye\n`)).toEqual({
      tokens: 4200,
      session: 'd42ceebe-ca35-40db-930f-551f16bba9f2',
      cumulative: false,
      denied: ['run_shell_command'],
      said: 'done',
      finished: true,
    });
    const cut = usageOf('gemini', geminiText.slice(0, -20));
    expect(cut).toEqual({ cumulative: false, denied: [], finished: false });
  });
});

describe('any output', () => {
  test('of another program gives its last line', () => {
    expect(usageOf('none', 'one\ntwo\n\n')).toEqual({
      cumulative: false,
      denied: [],
      said: 'two',
      finished: false,
    });
  });

  test.each(['claude', 'codex', 'gemini', 'none'] as const)('%s: garbage tells nothing', (kind) => {
    const garbage = [
      '{',
      '}',
      '{"type":"result","total_cost_usd":-1,"modelUsage":[1],"permission_denials":{"a":1}}',
      '{"type":"result","total_cost_usd":"1","duration_ms":1e999}',
      '{"type":"assistant","message":null}',
      '{"type":"assistant","message":{"usage":{"input_tokens":null},"content":[null,1,"x"]}}',
      '{"type":"turn.completed","usage":{"input_tokens":-5}}',
      '{"type":"item.completed","item":[]}',
      'null',
      '\u0000\uffff',
    ].join('\n');
    const usage = usageOf(kind, garbage);
    expect(usage).not.toHaveProperty('usd');
    expect(usage.tokens ?? 0).toBe(0);
    expect(usageOf(kind, '')).toMatchObject({ denied: [], finished: false });
  });

  test.each([1, 7, 4096])('is the same in pieces of %d bytes', (size) => {
    const bytes = Buffer.from(claude.replaceAll('done', 'fertig: größer ✓'));
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    );
    expect(usageOf('claude', pieces)).toEqual(usageOf('claude', bytes.toString('utf8')));
    expect(usageOf('claude', pieces).said).toBe('fertig: größer ✓');
  });

  test('may hold a line that is too long for any memory: it is passed over', () => {
    const chunk = 'x'.repeat(1024 * 1024);
    const long = function* (): Generator<string> {
      yield '{"type":"user","text":"';
      for (let at = 0; at < (longestLine / chunk.length) * 3; at += 1) yield chunk;
      yield `"}\n${result}\n`;
    };
    expect(usageOf('claude', long())).toMatchObject({ usd: 0.015, finished: true });
  });

  test('is read from a file; one that is not there tells nothing', async () => {
    const path = join(tempDirectory(), 'output');
    expect(await usageOfFile('claude', path)).toMatchObject({ finished: false });
    writeFileSync(path, claude);
    expect(await usageOfFile('claude', path)).toEqual(usageOf('claude', claude));
  });
});
