#!/usr/bin/env node
// Loads the program. Most of the time of a short command is the compiling of it, so what was compiled is kept between runs.
'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');
const nodeModule = require('node:module');

const program = join(__dirname, '../dist/cli/main.cjs');

try {
  if (nodeModule.enableCompileCache) {
    // Node 22 and later do it themselves.
    nodeModule.enableCompileCache();
    require(program);
  } else {
    require('./compiled.js').run(program, process.argv.slice(2));
  }
} catch (error) {
  if (existsSync(program)) throw error;
  console.error('concord: This is a clone that is not built yet: run npm run build');
  process.exitCode = 1;
}
