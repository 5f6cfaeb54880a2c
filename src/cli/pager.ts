import { spawn } from 'node:child_process';

/** What git would show long output through, by its own rules; undefined for none. */
export const pagerOf = (
  environment: NodeJS.ProcessEnv,
  configured: string | undefined,
): string | undefined => {
  const named = environment['GIT_PAGER'] ?? configured ?? environment['PAGER'] ?? 'less';
  return named.trim() === '' || named.trim() === 'cat' ? undefined : named;
};

/**
 * Shows a text through the user's pager and waits until it is left; false where it could not be started. The pager is the user's own
 * setting and, as git does, run by the shell; the text goes to its standard input and nowhere else.
 */
export const page = (text: string, pager: string): Promise<boolean> =>
  new Promise((resolve) => {
    // Ctrl-C belongs to the pager as long as it is there.
    const ignored = (): void => undefined;
    process.on('SIGINT', ignored);
    const child = spawn(pager, {
      // Where nobody named one and there is none, no shell is to complain about it.
      shell: pager !== 'less',
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { LESS: 'FRX', LV: '-c', ...process.env },
    });
    const end = (shown: boolean): void => {
      process.off('SIGINT', ignored);
      resolve(shown);
    };
    // It may be left before it has read all.
    child.stdin.on('error', () => undefined);
    child.once('error', () => end(false));
    // What a shell ends with where there is no such program.
    child.once('close', (code) => end(code !== 126 && code !== 127));
    child.stdin.end(text);
  });
