import type { DeadLetterReason } from '../../src/application/ports/dead-letters.js';
import { StoreUnavailable } from '../../src/application/ports/order-repository.js';
import type {
  Attempt,
  Disposition,
  Failures,
  RecordHandler,
} from '../../src/interfaces/messaging/delivery/record-handler.js';
import type { ReceivedRecord } from '../../src/interfaces/messaging/delivery/record-source.js';
import type { ReplicaProcess } from './replica-process.js';
import { placeOf, type Watch } from './watch.js';

/** The handler of one process, with an eye on what the engine does with it. */
export class WatchedHandler implements RecordHandler {
  /** The attempts that a store ended by being away: the next one must bear the same number. */
  private readonly unspent = new Map<string, number>();

  constructor(
    private readonly handler: RecordHandler,
    private readonly process: ReplicaProcess,
    private readonly watch: Watch,
  ) {}

  async handle(record: ReceivedRecord, attempt: Attempt): Promise<void> {
    const work = { record, process: this.process, attempt };
    const place = placeOf(record);
    const before = this.unspent.get(place);
    if (before !== undefined && attempt.number > before) {
      this.watch.breaks('attempts', `an outage of the store spent number ${before} at ${place}`);
    }
    this.unspent.delete(place);
    this.watch.started(work);
    try {
      await this.handler.handle(record, attempt);
      this.watch.done(record);
    } catch (error) {
      if (error instanceof StoreUnavailable && !attempt.signal.aborted)
        this.unspent.set(place, attempt.number);
      throw error;
    } finally {
      this.watch.ended(work);
    }
  }

  decide(error: unknown, record: ReceivedRecord, attempt: number): Disposition {
    return this.handler.decide(error, record, attempt);
  }

  async deadLetter(record: ReceivedRecord, reason: DeadLetterReason, failures: Failures): Promise<void> {
    await this.handler.deadLetter(record, reason, failures);
    this.watch.done(record);
  }
}
