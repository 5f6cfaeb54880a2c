import { describe, expect, test } from 'vitest';
import { attachmentLimits, checkAttachments } from '../../src/model/attachment.ts';
import type { Attachment } from '../../src/model/event.ts';
import { refusal } from '../helpers/given.ts';

const file = (name: string, bytes = 1): Attachment => ({ name, bytes: new Uint8Array(bytes) });
const files = (count: number, bytes = 1): Attachment[] =>
  Array.from({ length: count }, (_, at) => file(`f${at}`, bytes));

describe('attachments', () => {
  test('come in order of name', () => {
    const names = checkAttachments([file('b.png'), file('a'), file('B2')]).map(({ name }) => name);
    expect(names).toEqual(['B2', 'a', 'b.png']);
  });

  test.each(['a', 'A.b_c-d+e', '0', 'a'.repeat(100)])('may be called %j', (name) =>
    expect(checkAttachments([file(name)])).toHaveLength(1),
  );

  test.each([
    '',
    '.git',
    '..',
    'a..b',
    'a/b',
    'a\\b',
    'a.',
    '-a',
    'a b',
    'é',
    'a\n',
    'a'.repeat(101),
  ])('may not be called %j', (name) =>
    expect(refusal(() => checkAttachments([file(name)])).message).toMatch(/a file name of/),
  );

  test('have different names, also where upper and lower case are one', () => {
    expect(refusal(() => checkAttachments([file('a'), file('A')])).message).toMatch(
      /two called "A"/,
    );
  });

  test('are at most so many', () => {
    expect(checkAttachments(files(attachmentLimits.files))).toHaveLength(20);
    const error = refusal(() => checkAttachments(files(attachmentLimits.files + 1)));
    expect(error.message).toMatch(/at most 20 files; got 21/);
  });

  test('are at most so large, each and all together', () => {
    const { bytes, total } = attachmentLimits;
    expect(checkAttachments(files(total / bytes, bytes))).toHaveLength(4);
    expect(refusal(() => checkAttachments([file('a', bytes + 1)])).message).toMatch(
      /at most 4 MiB/,
    );
    const tooMuch = [...files(total / bytes, bytes), file('more')];
    expect(refusal(() => checkAttachments(tooMuch)).message).toMatch(/at most 16 MiB in all/);
  });
});
