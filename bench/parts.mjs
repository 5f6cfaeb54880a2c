// What is measured, in order. Each part runs in a process of its own, so that none suffers from what another left in memory.

import { batch } from './batch.mjs';
import { contention } from './contention.mjs';
import { disk } from './disk.mjs';
import { growth, growthStores } from './growth.mjs';
import { pipelines } from './pipelines.mjs';
import { publish } from './publish.mjs';
import { queries } from './queries.mjs';
import { reads } from './reads.mjs';
import { rebuild } from './rebuild.mjs';
import { startup } from './startup.mjs';
import { travel, travelStores } from './travel.mjs';
import { work } from './work.mjs';

const bigOnly = ({ big }) => [big];

/** `stores`: the large stores a part needs, made before it begins. */
export const parts = [
  { name: 'publish', title: 'Publish', run: publish, stores: () => [] },
  { name: 'batch', title: 'Several publishes at once', run: batch, stores: () => [] },
  { name: 'pipelines', title: 'Pipelines', run: pipelines, stores: () => [] },
  { name: 'contention', title: 'Eight processes', run: contention, stores: () => [] },
  { name: 'growth', title: 'Growth', run: growth, stores: growthStores },
  { name: 'reads', title: 'Reads', run: reads, stores: bigOnly },
  { name: 'queries', title: 'Questions', run: queries, stores: bigOnly },
  { name: 'rebuild', title: 'The derived index', run: rebuild, stores: bigOnly },
  { name: 'startup', title: 'Cold starts', run: startup, stores: bigOnly },
  { name: 'travel', title: 'Going back and running again', run: travel, stores: travelStores },
  { name: 'disk', title: 'Disk', run: disk, stores: () => [] },
  // The last one: it fills the large store with contracts.
  { name: 'work', title: 'Contracts', run: work, stores: bigOnly },
];
