import type { FailedAttempts } from './commit-metadata.js';
import type { Failures } from './record-handler.js';
import type { ReceivedRecord } from './record-source.js';

/** A record that was read and is not completed. */
export interface PendingRecord {
  readonly record: ReceivedRecord;
  /** Records with the same one are processed one after another. */
  readonly queueKey: string;
  readonly bytes: number;
  failedAttempts: FailedAttempts;
  /** An attempt started in this delivery of the partition, whatever its outcome. */
  wasStarted: boolean;
  /** How many records of the replica had succeeded when this one last found a dependency unavailable. */
  successesBefore?: number;
  /** It backs off because of what may have been an outage. */
  waitsForRecovery?: boolean;
  /** It was retried at once, as an outage was over. Once only: a few bad records between good ones look like many outages. */
  retriedOnRecovery?: boolean;
  /** It is to be dead-lettered; `failed` counts how often that failed. */
  deadLetter?: {
    readonly reason: string;
    readonly failures: Failures;
    /** Of the last attempt. */
    readonly durationMs: number;
    failed: number;
  };
}

export function pendingRecord(
  record: ReceivedRecord,
  failedAttempts: FailedAttempts = { count: 0, firstAt: 0 },
): PendingRecord {
  return {
    record,
    queueKey: queueKey(record),
    bytes: sizeInBytes(record),
    failedAttempts,
    wasStarted: false,
  };
}

/**
 * A record is itself what makes a dependency look unavailable, and is counted an attempt, exactly when another record has
 * succeeded since it last failed so.
 */
export function othersSucceed({ successesBefore }: PendingRecord, successes: number): boolean {
  return successesBefore !== undefined && successes > successesBefore;
}

/** Without a key each record has a queue of its own. */
function queueKey({ key, offset }: ReceivedRecord): string {
  if (key === null) return `offset ${offset}`;
  return `key ${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')}`;
}

function sizeInBytes({ key, value, headers }: ReceivedRecord): number {
  let bytes = (key?.byteLength ?? 0) + (value?.byteLength ?? 0);
  for (const [name, header] of Object.entries(headers)) bytes += name.length + header.byteLength;
  return bytes;
}
