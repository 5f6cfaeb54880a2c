import { spawnSync } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { clearAfterTest, fileIn } from './home.ts';
import type { Home } from './home.ts';

/** A terminal needs a program that plays one. */
export const hasTmux = spawnSync('tmux', ['-V']).status === 0;

/** A person at a terminal. */
export type Terminal = {
  readonly type: (text: string) => void;
  readonly screen: () => string;
};

/** The user has used Claude Code before, and trusts this directory. */
export const trust = (home: Home, ...directories: readonly string[]): string =>
  fileIn(home, '.claude/.claude.json', {
    hasCompletedOnboarding: true,
    theme: 'dark',
    customApiKeyResponses: { approved: [home.env['ANTHROPIC_API_KEY']?.slice(-20)], rejected: [] },
    projects: Object.fromEntries(
      directories.map((directory) => [directory, { hasTrustDialogAccepted: true }]),
    ),
  });

/** Claude Code as a person starts it. The directory must be a trusted one. */
export const interactive = (
  home: Home,
  directory: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Terminal => {
  // A server of its own, in the home, so that it sees this environment and no other one.
  const tmux = (...words: readonly string[]): string =>
    spawnSync('tmux', ['-S', `${home.directory}/tmux`, ...words], {
      cwd: directory,
      env: { ...home.env, TERM: 'xterm-256color', ...env },
      encoding: 'utf8',
    }).stdout;
  clearAfterTest(home);
  onTestFinished(() => void tmux('kill-server'));
  tmux(
    '-f',
    '/dev/null',
    'new-session',
    '-d',
    '-x',
    '150',
    '-y',
    '50',
    '-c',
    directory,
    'claude',
    ...args,
  );
  return {
    type: (text) => {
      tmux('send-keys', '-l', text);
      tmux('send-keys', 'Enter');
    },
    screen: () => tmux('capture-pane', '-p'),
  };
};
