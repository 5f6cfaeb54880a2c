/**
 * Concord as a library: open a store, and invoke operations on it, without a process in between.
 *
 *     const context = makeContext({ caller: { as: 'api-dev', ... }, directory: '.', ... });
 *     await invoke(artifactPublish, { artifactId: 'notes', artifactType: 'document', data: { ... } }, context);
 *
 * @module
 */
export { ConcordError, exitCodes } from './model/error.ts';
export type { Call, ErrorCode, Violation } from './model/error.ts';
export type { Agent, Artifact, Code, Edge, How, RegisteredType, Settings } from './model/entity.ts';
export type { Json, JsonObject } from './model/json.ts';
export { openStore, Store } from './store/store.ts';
export type { Cause, StoreOptions } from './store/store.ts';
export { connect } from './operations/connect.ts';
export type { Connection, ConnectOptions } from './operations/connect.ts';
export { invoke } from './operations/invoke.ts';
export { operations } from './operations/index.ts';
export type { Context, Operation } from './operations/operation.ts';
