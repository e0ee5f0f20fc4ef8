import type { Attempt, Disposition, Failures, RecordHandler } from '../../src/engine/record-handler.js';
import type { ReceivedRecord } from '../../src/engine/record-source.js';
import { settled } from './manual-timers.js';

/** Each attempt is in flight until the test ends it. */
export class HeldHandler implements RecordHandler {
  /** `0@10#1` is the first attempt at offset 10 of partition 0. */
  readonly started: string[] = [];
  readonly attempts = new Map<string, Attempt>();
  readonly deadLetters: { record: string; reason: string; failures: Failures }[] = [];
  disposition: Disposition = { kind: 'retry', delayMs: 1_000, mayBeOutage: false };
  deadLettering: () => Promise<void> = () => Promise.resolve();
  describe?: NonNullable<RecordHandler['describe']>;
  private readonly inFlight = new Map<string, { resolve: () => void; reject: (error: unknown) => void }>();

  handle(record: ReceivedRecord, attempt: Attempt): Promise<void> {
    const name = nameRecord(record);
    this.started.push(`${name}#${attempt.number}`);
    this.attempts.set(name, attempt);
    return new Promise((resolve, reject) => this.inFlight.set(name, { resolve, reject }));
  }

  decide(): Disposition {
    return this.disposition;
  }

  deadLetter(record: ReceivedRecord, reason: string, failures: Failures): Promise<void> {
    this.deadLetters.push({ record: nameRecord(record), reason, failures });
    return this.deadLettering();
  }

  /** Ends attempts, one after another: `0@10` is offset 10 of partition 0. */
  async finish(...records: string[]): Promise<void> {
    for (const record of records) {
      this.inFlight.get(record)?.resolve();
      await settled();
    }
  }

  async fail(record: string, error: unknown = new Error('failed')): Promise<void> {
    this.inFlight.get(record)?.reject(error);
    await settled();
  }
}

function nameRecord({ partition, offset }: ReceivedRecord): string {
  return `${partition}@${offset}`;
}
