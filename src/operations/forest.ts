export type Forest = {
  readonly roots: readonly string[];
  readonly below: ReadonlyMap<string, readonly string[]>;
  readonly describe: (name: string, parent?: string) => string;
};

/** A graph as trees below its roots; what is met again is named, not unfolded. */
export const forest = ({ roots, below, describe }: Forest): string[] => {
  const shown = new Set<string>();
  const unfold = (name: string, indent: string): string[] =>
    (below.get(name) ?? []).flatMap((child, index, all) => {
      const last = index === all.length - 1;
      const branch = `${indent}${last ? '└─ ' : '├─ '}`;
      if (shown.has(child)) return [`${branch}${child} (above)`];
      shown.add(child);
      return [
        `${branch}${describe(child, name)}`,
        ...unfold(child, `${indent}${last ? '   ' : '│  '}`),
      ];
    });
  return roots.flatMap((name) => {
    shown.add(name);
    return [describe(name), ...unfold(name, '')];
  });
};

/** For each name what lies below it, by edges from above to below. */
export const belowOf = (
  edges: Iterable<readonly [above: string, below: string]>,
): ReadonlyMap<string, readonly string[]> => {
  const found = new Map<string, string[]>();
  for (const [above, below] of edges) {
    const known = found.get(above);
    if (known) known.push(below);
    else found.set(above, [below]);
  }
  return found;
};
