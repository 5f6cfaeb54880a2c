import type { Call } from '../../model/error.ts';
import { formatRef } from '../../model/names.ts';
import type { CompareOutput } from './sections.ts';

/** A call that shows more of what differs first. */
export const nextCall = ({ why, artifacts }: CompareOutput): Call => {
  if (why?.contract !== undefined && why.artifact === undefined)
    return { operation: 'contract_get', input: { contractId: why.contract } };
  const changed = artifacts.filter(
    ({ left, right, change }) => left && right && change === 'changed',
  );
  const row = changed.find(({ id }) => id === why?.artifact) ?? changed[0];
  if (row?.left && row.right)
    return {
      operation: 'artifact_list',
      input: { artifactId: row.id, diff: `${row.left.version}..${row.right.version}` },
    };
  const lone = artifacts.find(({ id }) => id === why?.artifact);
  const version = lone?.right?.version ?? lone?.left?.version;
  if (lone && version !== undefined)
    return {
      operation: 'lineage_trace',
      input: { ref: formatRef(lone.id, version), direction: 'upstream' },
    };
  return { operation: 'contract_get', input: {} };
};
