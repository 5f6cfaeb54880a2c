import type { Artifact } from '../model/entity.ts';
import { checkId } from '../model/names.ts';
import { CatFile } from './cat-file.ts';
import { decode } from './codec.ts';
import { lineRef, pathOf } from './layout.ts';

/**
 * The latest version of an artifact, straight from the line's tree: one git process, no index. Undefined when the line has no such file:
 * then the index tells why.
 */
export const peek = async (
  directory: string,
  line: string,
  id: string,
): Promise<Artifact | undefined> => {
  const git = new CatFile({ directory });
  try {
    const path = pathOf('artifact', checkId(id, 'artifactId'));
    const [settings, file] = await Promise.all([
      git.read(`${lineRef(line)}:${pathOf('concord', 'concord')}`),
      git.read(`${lineRef(line)}:${path}`),
    ]);
    if (!settings || !file) return undefined;
    decode('concord', settings.body, 'concord.yaml');
    return decode('artifact', file.body, path);
  } finally {
    git.close();
  }
};
