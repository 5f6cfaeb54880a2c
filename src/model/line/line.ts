import type { JsonObject } from '../json.ts';
import { formatRef } from '../names.ts';
import type { Latest } from '../view.ts';

/** The whole state of a line at one moment, under a name: git has it as an annotated tag. */
export type Snapshot = {
  readonly name: string;
  readonly label?: string;
  /** The state in a few words. */
  readonly summary: string;
  /** The commit it stands for, where that is not the one that says so. */
  readonly commit?: string;
};

/** A point of a line's history, as a person named it. */
export type Origin = { readonly name: string; readonly commit: string };

/** Something happened to a line as a whole, or to the state of an artifact on it. */
export type LineEvent =
  | { readonly type: 'snapshot-created'; readonly snapshot: Snapshot }
  | { readonly type: 'line-rolled-back'; readonly to: Origin; readonly reason: string }
  | {
      readonly type: 'replay-started';
      readonly line: string;
      readonly from: Origin;
      readonly overrides: JsonObject;
      readonly reason?: string;
    }
  | {
      readonly type: 'replay-adopted' | 'replay-dropped';
      readonly line: string;
      /** Its last commit. */
      readonly tip: string;
      readonly reason?: string;
      /** The versions that were made on it: their numbers are never given out again. */
      readonly used?: readonly string[];
    }
  | { readonly type: 'artifact-restored'; readonly id: string; readonly latest: Latest }
  | { readonly type: 'artifact-withdrawn'; readonly id: string };

export type LineEventType = LineEvent['type'];

const types = {
  'snapshot-created': true,
  'line-rolled-back': true,
  'replay-started': true,
  'replay-adopted': true,
  'replay-dropped': true,
  'artifact-restored': true,
  'artifact-withdrawn': true,
} as const satisfies Record<LineEventType, true>;

export const lineEventNames = Object.keys(types) as LineEventType[];

export const isLineEventType = (text: string): text is LineEventType => Object.hasOwn(types, text);

export const lineSubject = (event: LineEvent): string => {
  switch (event.type) {
    case 'snapshot-created':
      return event.snapshot.name;
    case 'line-rolled-back':
      return event.to.name;
    case 'replay-started':
    case 'replay-adopted':
    case 'replay-dropped':
      return event.line;
    case 'artifact-restored':
      return formatRef(event.id, event.latest.version);
    case 'artifact-withdrawn':
      return event.id;
  }
};
