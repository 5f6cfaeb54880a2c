// Runs one part, or makes one store, and answers its parent: started by main.mjs.

import { buildStore } from './history.mjs';
import { parts } from './parts.mjs';

const { name, store, options } = JSON.parse(process.argv[2] ?? '{}');
const answer = store
  ? await buildStore(options.root, store)
  : await parts.find((part) => part.name === name)?.run(options);
process.send(answer, () => process.exit(0));
