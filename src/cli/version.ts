import { readFileSync } from 'node:fs';

/** The program's own version; its folder is two levels below package.json, as source and bundled. */
export const version = (): string => {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
};
