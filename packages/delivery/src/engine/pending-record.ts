import type { FailedAttempts } from './commit-metadata.js';
import type { Failures } from './record-handler.js';
import type { ReceivedRecord } from './record-source.js';

/** A record that was taken and is not done. */
export interface PendingRecord {
  readonly record: ReceivedRecord;
  readonly bytes: number;
  spent: FailedAttempts;
  /** It was at work in this delivery, whatever came of it. */
  tried: boolean;
  /** How many records of the replica had succeeded when this one last found a dependency unavailable. */
  successesBefore?: number;
  /** It waits for its next attempt because of what may have been an outage. */
  waitsForRecovery?: boolean;
  /** It was retried at once, as an outage was over. Once only: a few bad orders between good ones look like many outages. */
  recovered?: boolean;
  /** It is given up, and not yet in the dead letters. */
  deadLetter?: { readonly reason: string; readonly failures: Failures; failed: number };
}

export function pendingRecord(
  record: ReceivedRecord,
  spent: FailedAttempts = { attempts: 0, firstAt: 0 },
): PendingRecord {
  return { record, bytes: bytesOf(record), spent, tried: false };
}

/**
 * A record is itself what makes a dependency look unavailable, and is counted an attempt, exactly when another record has
 * succeeded since it last failed so.
 */
export function othersSucceed({ successesBefore }: PendingRecord, successes: number): boolean {
  return successesBefore !== undefined && successes > successesBefore;
}

/** Records with the same one are carried out one after another. Without a key each is on its own. */
export function queueKey({ key, offset }: ReceivedRecord): string {
  if (key === null) return `offset ${offset}`;
  return `key ${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')}`;
}

function bytesOf({ key, value, headers }: ReceivedRecord): number {
  let bytes = (key?.byteLength ?? 0) + (value?.byteLength ?? 0);
  for (const [name, header] of Object.entries(headers)) bytes += name.length + header.byteLength;
  return bytes;
}
