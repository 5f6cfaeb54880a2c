import { describe, expect, test } from 'vitest';
import { secretIn, secretRefused, secretsOf } from '../../src/model/secret.ts';

const many = (characters: string, n: number): string =>
  characters.repeat(Math.ceil(n / characters.length)).slice(0, n);

// Put together from parts, so that no search for secrets stops at this file.
const secrets: [kind: string, text: string][] = [
  ['a private key', ['-----BEGIN', 'PRIVATE KEY-----'].join(' ')],
  ['a private key', ['-----BEGIN OPENSSH', 'PRIVATE KEY-----'].join(' ')],
  ['an AWS access key', `AKIA${many('ABCD2345', 16)}`],
  ['a GitHub token', `ghp_${many('aB3', 36)}`],
  ['a GitHub token', `github_pat_${many('aB3', 22)}_${many('aB3', 59)}`],
  ['a GitLab token', `glpat-${many('aB3_', 20)}`],
  ['an Anthropic key', `sk-ant-api03-${many('aB3_', 95)}`],
  ['an OpenAI key', `sk-proj-${many('aB3', 40)}T3BlbkFJ${many('aB3', 40)}`],
  ['a Slack token', `xoxb-123456789012-123456789012-${many('aB3', 24)}`],
  ['a Google API key', `AIza${many('aB3_', 35)}`],
  ['a Stripe key', `sk_live_${many('aB3', 24)}`],
  ['an npm token', `npm_${many('aB3', 36)}`],
];

describe('secrets', () => {
  test.each(secrets)('%s is known by its form', (kind, text) => {
    expect(secretIn(`first\nthe key is "${text}", keep it`)).toEqual({ kind, line: 2 });
  });

  test.each([
    'AKIAIOSFODNN7EXAMPLE',
    '-----BEGIN PUBLIC KEY-----',
    'sk-ant-api03-...',
    'postgres://app:app@localhost/app',
    'password: see the vault',
    'AKIA and nothing more',
    `npm_${many('a', 10)}`,
    many('abcdef0123456789', 64),
    'task-sk-learn-and-other-words-that-only-look-so',
  ])('%s is none', (text) => {
    expect(secretIn(text)).toBeUndefined();
  });

  test('every place is named, in lists, objects and keys, and no part of a secret', () => {
    const token = secrets[3]?.[1] ?? '';
    const found = secretsOf({ data: { a: ['x', token], [token]: { b: token } }, b: token }, '');
    expect(found.map(({ path }) => path).toSorted()).toEqual(['b', 'data (a key)', 'data.a[1]']);
    const { message, hint } = secretRefused(found);
    expect(message).toMatch(
      /^.+ holds what looks like a GitHub token, and 2 other secrets; nothing was written\.$/,
    );
    expect(`${message}${hint}`).not.toContain(token.slice(0, 8));
  });

  test('hostile text of a megabyte is looked through at once', () => {
    const text = ['sk-', 'xoxb-1-', 'AKIA ', 'ghp_', '-----BEGIN A ']
      .map((part) => part.repeat(200_000))
      .join('');
    expect(secretIn(text)).toBeUndefined();
  });
});
