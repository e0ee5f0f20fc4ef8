import { z } from 'zod';
import { BUCKETS } from '../../application/live/completion-times.js';
import { REPLICA_ACTIONS, type ReplicaCommand } from '../../application/ports/replica-commands.js';
import {
  HANDLED_OUTCOMES,
  MAX_RECENT,
  MAX_REPORTED_ERROR,
  MAX_REPORTED_ID,
  REPLICA_STATES,
  type ReplicaReport,
} from '../../application/ports/replica-reports.js';

/** Whose reports and commands they are: two services may have one topic for them. */
export interface ReplicaGroup {
  readonly topic: string;
  readonly group: string;
}

export const MAX_REPORT_BYTES = 32 * 1024;

const count = z.int().min(0);
const time = z.number();
const text = (max: number) => z.string().max(max);
const replica = z.string().regex(/^[A-Za-z0-9._-]{1,104}$/);
const ofGroup = { topic: z.string(), group: z.string() };
const MAX_PARTITIONS = 10_000;

const report = z.object({
  ...ofGroup,
  replica,
  startedAt: time,
  at: time,
  state: z.enum(REPLICA_STATES),
  partitions: z
    .array(z.object({ partition: count, pending: count, inFlight: count, paused: text(32).optional() }))
    .max(MAX_PARTITIONS),
  circuitBreaker: text(MAX_REPORTED_ERROR).optional(),
  totals: z.object({ completed: count, retried: count, deadLettered: count }),
  completionTimes: z.array(count).max(BUCKETS),
  recent: z
    .array(
      z.object({
        orderId: text(MAX_REPORTED_ID),
        partition: count,
        offset: z.string().regex(/^\d{1,19}$/),
        attempt: count,
        outcome: z.enum(HANDLED_OUTCOMES),
        tookMs: z.number().min(0),
        at: time,
        error: text(MAX_REPORTED_ERROR).optional(),
      }),
    )
    .max(MAX_RECENT),
});

const command = z.object({
  ...ofGroup,
  replica,
  action: z.enum(REPLICA_ACTIONS),
  askedBy: text(200),
  askedAt: time,
  correlationId: text(128),
});

/** In 32 KiB at most: samples are left out first, the older half of them at a time, then partitions. */
export function encodeReport(given: ReplicaReport, { topic, group }: ReplicaGroup): Uint8Array {
  let { recent, partitions } = given;
  for (;;) {
    const bytes = Buffer.from(JSON.stringify({ topic, group, ...given, recent, partitions }));
    if (bytes.byteLength <= MAX_REPORT_BYTES || (recent.length === 0 && partitions.length === 0))
      return bytes;
    if (recent.length > 0) recent = recent.slice(0, recent.length >> 1);
    else partitions = partitions.slice(0, partitions.length >> 1);
  }
}

/** `undefined`: it is of another group. @throws an error that says what is wrong with it */
export function decodeReport(bytes: Uint8Array, of: ReplicaGroup): ReplicaReport | undefined {
  const { topic, group, ...decoded } = report.parse(fromJson(bytes));
  return topic === of.topic && group === of.group ? decoded : undefined;
}

export function encodeCommand(given: ReplicaCommand, { topic, group }: ReplicaGroup): Uint8Array {
  return Buffer.from(JSON.stringify({ topic, group, ...given }));
}

/** `undefined`: it is for another group. @throws an error that says what is wrong with it */
export function decodeCommand(bytes: Uint8Array, of: ReplicaGroup): ReplicaCommand | undefined {
  const { topic, group, ...decoded } = command.parse(fromJson(bytes));
  return topic === of.topic && group === of.group ? decoded : undefined;
}

function fromJson(bytes: Uint8Array): unknown {
  if (bytes.byteLength > MAX_REPORT_BYTES) throw new Error(`it has ${bytes.byteLength} bytes`);
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
}
