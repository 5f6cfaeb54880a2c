/** Lines under a title. `weight`: what is cut first has the lowest. */
export type Section = {
  readonly title?: string;
  readonly lines: readonly string[];
  readonly weight: number;
  /** How the reader gets the rest of them. */
  readonly rest?: string;
};

const bytes = (text: string): number => Buffer.byteLength(text) + 1;

const drawn = ({ title, lines, rest }: Section, kept: number): string[] => {
  const left = lines.length - kept;
  return [
    ...(title === undefined || lines.length === 0 ? [] : [title]),
    ...lines.slice(0, kept),
    ...(left > 0 ? [`  ... ${left} more${rest === undefined ? '' : `: ${rest}`}`] : []),
  ];
};

/**
 * The sections in their order, within so many bytes: lines are taken from the end of the least important section first. Each says how
 * many are left out.
 */
export const fitBytes = (sections: readonly Section[], limit: number): string[] => {
  const kept = sections.map(({ lines }) => lines.length);
  const text = (): string[] => sections.flatMap((one, at) => drawn(one, kept[at] ?? 0));
  const size = (): number => text().reduce((sum, line) => sum + bytes(line), 0);
  const order = [...sections.keys()].sort(
    (a, b) => (sections[a]?.weight ?? 0) - (sections[b]?.weight ?? 0),
  );
  for (const at of order)
    while (size() > limit && (kept[at] ?? 0) > 0) kept[at] = (kept[at] ?? 0) - 1;
  return text();
};
