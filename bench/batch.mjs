// Several publishes in one transaction against one by one, both through `store.write`.

import { createHash } from 'node:crypto';
import { itemId, publishInput } from './artifact.mjs';
import { fact, interleave, judged, median, ms } from './measure.mjs';
import { newStore, settled } from './place.mjs';

const size = 10;

const published = (view, id, token, time) => {
  const { data, summary, tags, artifactType } = publishInput(id, token);
  const artifact = {
    id,
    version: view.highest(id) + 1,
    type: artifactType,
    publisher: 'bench',
    time,
    summary,
    tags,
    data,
  };
  const content = createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, 32);
  return { type: 'artifact-published', artifact, content, attachments: [] };
};

export const batch = async ({ root, quick }) => {
  const { directory, connection } = await newStore(root, 'batch');
  const store = await connection.store();
  const one = (id, token) =>
    store.write({ agent: 'bench', line: 'main' }, (transaction) =>
      transaction.append([published(transaction.view, id, token, transaction.circumstances.time)]),
    );
  const ids = Array.from({ length: size }, (_, at) => itemId(at));
  // Registers the agent.
  await connection.call('artifact_publish', publishInput('first', 'first'));
  const after = () => settled(directory);
  const samples = await interleave(
    [
      {
        name: 'single',
        block: 2,
        after,
        run: async (turn) => {
          for (const id of ids) await one(id, `single ${turn}`);
        },
      },
      {
        name: 'together',
        block: 2,
        after,
        run: (turn) =>
          store.write({ agent: 'bench', line: 'main' }, (transaction) => {
            const { time } = transaction.circumstances;
            transaction.append(
              ids.map((id) => published(transaction.view, id, `together ${turn}`, time)),
            );
          }),
      },
    ],
    quick ? 15 : 60,
  );
  await connection.close();
  const [single, together] = [median(samples.get('single')), median(samples.get('together'))];
  return [
    fact(`${size} publishes one by one (store.write)`, ms(single)),
    judged(`${size} publishes in one transaction (store.write)`, ms(together), {
      value: single / together,
      least: 4,
      of: 'the rate',
    }),
  ];
};
