import { publish } from '../../src/model/artifact.ts';
import type { Published } from '../../src/model/event.ts';
import type { Graph, VersionFact } from '../../src/model/lineage.ts';
import { formatRef } from '../../src/model/names.ts';
import type { View } from '../../src/model/view.ts';
import { after, emptyView, request, time, types } from './given.ts';

/** `[id, content, ...sources]`; a source is "api@1", "api" for the latest, or "read api@1" for one only looked at. */
export type Step = readonly [id: string, content: string, ...from: string[]];

/** The lineage that these publishes leave, one after the other, by the rules. */
export const history = (...steps: readonly Step[]): Graph => {
  let view: View = emptyView;
  const facts: VersionFact[] = [];
  for (const [id, content, ...from] of steps) {
    const reads = from.filter((ref) => ref.startsWith('read ')).map((ref) => ref.slice(5));
    const derivedFrom = from.filter((ref) => !ref.startsWith('read '));
    const events = publish(
      view,
      request({ id, type: 'document', content: () => content, derivedFrom, reads }),
      types,
    );
    view = after(view, events);
    for (const event of events)
      if (event.type === 'artifact-published') facts.push(factOf(event, facts.length));
  }
  return graphOf(facts);
};

const factOf = ({ artifact, content }: Published, position: number): VersionFact => ({
  id: artifact.id,
  version: artifact.version,
  type: artifact.type,
  publisher: artifact.publisher,
  time,
  content,
  commit: `commit-${position}`,
  blob: `blob-${position}`,
  line: 'main',
  position,
  derivedFrom: artifact.derivedFrom ?? [],
});

/** A graph of facts, in order of publishing. */
export const graphOf = (facts: readonly VersionFact[]): Graph => {
  const refOf = ({ id, version }: VersionFact): string => formatRef(id, version);
  const versions = (id: string): VersionFact[] => facts.filter((fact) => fact.id === id);
  const latest = (id: string): VersionFact | undefined => versions(id).at(-1);
  return {
    version: (ref) => facts.find((fact) => refOf(fact) === ref),
    madeFrom: (ref) =>
      facts.flatMap((fact) =>
        fact.derivedFrom
          .filter((edge) => edge.ref === ref)
          .map((edge) => ({ ...edge, ref: refOf(fact) })),
      ),
    latest,
    versions,
    allLatest: () => facts.filter((fact) => latest(fact.id) === fact),
  };
};
