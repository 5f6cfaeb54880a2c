import type { Budget } from './budget/budget.ts';
import type { Contract } from './contract/contract.ts';
import type { Json, JsonObject } from './json.ts';
import type { Pipeline } from './pipeline/pipeline.ts';

/** ISO 8601 in UTC with whole seconds: 2026-11-22T14:34:00Z. */
export type Time = string;

/** The store's own file, concord.yaml. A store whose format is above `storeFormat` is refused. */
export type Settings = { readonly format: number; readonly created: Time; readonly lead?: string };

export const storeFormat = 1;

/** What a started session may do without being asked; named as in the coding agents' own settings. */
export const permissionModes = [
  'default',
  'acceptEdits',
  'auto',
  'bypassPermissions',
  'dontAsk',
  'plan',
] as const;
export type PermissionMode = (typeof permissionModes)[number];

export type Agent = {
  readonly name: string;
  readonly registered: Time;
  readonly role?: string;
  readonly description?: string;
  readonly command?: readonly string[];
  /** Tools that its sessions may use beside Concord's. */
  readonly tools?: readonly string[];
  readonly permissionMode?: PermissionMode;
  readonly model?: string;
};

/** A team's own artifact type; every registration is a new version. */
export type RegisteredType = {
  readonly type: string;
  readonly version: number;
  readonly publisher: string;
  readonly time: Time;
  readonly description?: string;
  readonly schema: JsonObject;
};

/** How it is known that one version was made from another: said by the publisher, pinned by a contract, or seen being read. */
export type How = 'declared' | 'input' | 'read';

/**
 * One step of lineage. `older` marks a version that was not the latest when it was chosen: it was picked on purpose, so a newer
 * one makes nothing stale.
 */
export type Edge = { readonly ref: string; readonly how: How; readonly older?: true };

export type Code = { readonly commit: string; readonly branch?: string; readonly dirty?: boolean };

export type FileEntry = { readonly name: string; readonly size: number };

/** One version of an artifact, as it stands in its file. */
export type Artifact = {
  readonly id: string;
  readonly version: number;
  readonly type: string;
  readonly typeVersion?: number;
  readonly publisher: string;
  readonly time: Time;
  readonly contract?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly derivedFrom?: readonly Edge[];
  readonly code?: Code;
  readonly files?: readonly FileEntry[];
  readonly data: Json;
};

/** Every kind of file in a line's tree, with what it holds. */
export type Entities = {
  readonly concord: Settings;
  readonly agent: Agent;
  readonly type: RegisteredType;
  readonly artifact: Artifact;
  readonly contract: Contract;
  readonly pipeline: Pipeline;
  readonly budget: Budget;
};

export type Kind = keyof Entities;
