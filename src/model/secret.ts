import { ConcordError } from './error.ts';
import { isObject } from './json.ts';
import { count, oneLine } from './text.ts';

/**
 * Credentials whose own form gives them away, as their issuers document it. What only looks random is not guessed at: a refusal that is
 * often wrong is soon switched off. Each pattern is linear: a fixed beginning, then one run of characters.
 */
const forms: readonly (readonly [name: string, form: RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY-----/],
  ['an AWS access key', /\b(?:AKIA|ASIA)(?![A-Z0-9]{9}EXAMPLE\b)[A-Z2-7]{16}\b/],
  ['a GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})/],
  ['a GitLab token', /\bglpat-[A-Za-z0-9_-]{20}/],
  ['an Anthropic key', /\bsk-ant-[a-z]{2,8}\d{2}-[A-Za-z0-9_-]{40}/],
  [
    'an OpenAI key',
    /\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,100}T3BlbkFJ[A-Za-z0-9_-]{20}/,
  ],
  ['a Slack token', /\bxox[abeoprs]-(?:\d{1,20}-){1,3}[A-Za-z0-9]{16}/],
  ['a Google API key', /\bAIza[A-Za-z0-9_-]{35}/],
  ['a Stripe key', /\b[rs]k_live_[A-Za-z0-9]{20}/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}/],
];

export type Secret = { readonly kind: string; readonly path: string };

/** What kind of secret stands in the text, and on which line (from 1). */
export const secretIn = (
  text: string,
): { readonly kind: string; readonly line: number } | undefined => {
  for (const [kind, form] of forms) {
    const at = text.search(form);
    if (at >= 0) return { kind, line: text.slice(0, at).split('\n').length };
  }
  return undefined;
};

/** The places of all secrets in a value, names of keys among them. No part of a secret is given out. */
export const secretsOf = (value: unknown, path: string): Secret[] => {
  const found: Secret[] = [];
  const open: { value: unknown; path: string }[] = [{ value, path }];
  for (let item = open.pop(); item; item = open.pop()) {
    if (typeof item.value === 'string') {
      const secret = secretIn(item.value);
      if (secret) found.push({ kind: secret.kind, path: item.path });
    } else if (Array.isArray(item.value)) {
      for (const [at, child] of item.value.entries())
        open.push({ value: child, path: `${item.path}[${at}]` });
    } else if (isObject(item.value)) {
      for (const [key, child] of Object.entries(item.value)) {
        const secret = secretIn(key);
        if (secret) found.push({ kind: secret.kind, path: `${item.path} (a key)` });
        else open.push({ value: child, path: item.path === '' ? key : `${item.path}.${key}` });
      }
    }
  }
  return found;
};

/** The refusal. What is once in a history stays in it, and in every clone. */
export const secretRefused = (secrets: readonly Secret[]): ConcordError => {
  const [first] = secrets;
  const rest = secrets.length > 1 ? `, and ${count(secrets.length - 1, 'other secret')}` : '';
  return new ConcordError(
    'NOT_ALLOWED',
    `${oneLine(first?.path ?? '', 120)} holds what looks like ${first?.kind}${rest}; nothing was written.`,
    {
      hint: 'A history keeps what it is given, for everybody who gets a copy. Say where the secret is kept (the name of a variable, a vault) instead of the secret. If it is none, a person may insist: --allow-secrets on the command line, or git config concord.allowSecrets true.',
    },
  );
};
