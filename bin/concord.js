#!/usr/bin/env node
// Node 22 and later keep the compiled program between runs.
if (Number.parseInt(process.versions.node, 10) >= 22)
  process.getBuiltinModule('node:module').enableCompileCache?.();
try {
  await import('../dist/cli/main.js');
} catch (error) {
  const { existsSync } = await import('node:fs');
  if (existsSync(new URL('../dist/cli/main.js', import.meta.url))) throw error;
  console.error('concord: This is a clone that is not built yet: run npm run build');
  process.exitCode = 1;
}
