import type { Time } from '../../model/entity.ts';
import { isPipelineEventType, pipelineKeys } from '../../model/pipeline/pipeline.ts';
import type { Pipeline } from '../../model/pipeline/pipeline.ts';
import type { Oid } from '../object.ts';
import type { EventLine } from '../said.ts';
import type { At } from './contract-facts.ts';
import { list } from './listed.ts';
import { padded, readRow, writeRow } from './row-json.ts';
import type { Rows } from './rows.ts';

/** Something that a pipeline did, or that was done to it. `rule` counts from 1. */
export type PipelineStep = {
  readonly event: string;
  readonly rule?: number;
  readonly by: string;
  readonly time: Time;
  readonly commit: Oid;
  readonly reason?: string;
};

/** The pipelines of the lines: as they are, the lists they stand in, and what they did. */
export class PipelineFacts {
  readonly #rows: Rows;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  get(line: string, id: string): Pipeline | undefined {
    return readRow(this.#rows, 'pipeline', line, id);
  }

  all(line: string): Pipeline[] {
    return this.#rows
      .scan('pipeline', line)
      .map(([, value]) => JSON.parse(value as string) as Pipeline);
  }

  put(line: string, pipeline: Pipeline): void {
    const before = this.get(line, pipeline.id);
    list(this.#rows, line, before ? pipelineKeys(before) : [], pipelineKeys(pipeline));
    writeRow(this.#rows, 'pipeline', line, pipeline.id, pipeline);
  }

  remove(line: string, id: string): void {
    const before = this.get(line, id);
    list(this.#rows, line, before ? pipelineKeys(before) : [], []);
    this.#rows.delete('pipeline', line, id);
  }

  append(at: At, events: readonly EventLine[]): void {
    for (const [index, { type, subject, reason }] of events.entries()) {
      if (!isPipelineEventType(type) || type === 'session-notified') continue;
      const [id = '', rule] = (subject.split(' ')[0] ?? '').split('#');
      const step: PipelineStep = {
        event: type,
        ...(rule !== undefined && { rule: Number(rule) }),
        by: at.author,
        time: at.time,
        commit: at.oid,
        ...(reason !== undefined && { reason }),
      };
      const item = `${padded(at.position)} ${String(index).padStart(5, '0')}`;
      writeRow(this.#rows, 'firing', `${at.line} ${id}`, item, step);
    }
  }

  /** What it did, and what was done to it: the last so many, newest first. */
  steps(line: string, id: string, limit: number): PipelineStep[] {
    return this.#rows
      .scan('firing', `${line} ${id}`, { reverse: true, limit })
      .map(([, value]) => JSON.parse(value as string) as PipelineStep);
  }

  /** How much it ever did. */
  count(line: string, id: string): number {
    return this.#rows.count('firing', `${line} ${id}`);
  }
}
