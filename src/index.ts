/**
 * Concord as a library: the operations on a store, without a process in between.
 *
 *     const team = connect({ agent: 'build-bot', directory: '.' });
 *     await team.call('artifact_publish', { artifactId: 'notes', artifactType: 'document', data: { title: 'Notes', body: '' } });
 *     await team.close();
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
export type { InputOf, Operations, OutputOf } from './operations/index.ts';
export type { Context, Operation } from './operations/operation.ts';
