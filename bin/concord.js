#!/usr/bin/env node
// Node 22 and later keep the compiled program between runs.
if (Number.parseInt(process.versions.node, 10) >= 22)
  process.getBuiltinModule('node:module').enableCompileCache?.();
await import('../dist/cli/main.js');
