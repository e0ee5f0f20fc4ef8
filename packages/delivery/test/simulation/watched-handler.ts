import { StoreUnavailable } from '../../../../src/application/ports/order-repository.js';
import type { Attempt, Disposition, Failures, RecordHandler } from '../../src/engine/record-handler.js';
import type { ReceivedRecord } from '../../src/engine/record-source.js';
import { laneOf, placeOf, type Watch, type Worker } from './watch.js';

/** So many different orders in a row that failed are an outage. */
const DIFFERENT_FAILURES = 5;

/** The handler of one process, with an eye on what the engine does with it. */
export class WatchedHandler implements RecordHandler {
  /** Different orders that failed in a row, with no success between. */
  private readonly failing = new Set<string>();
  /** Records that may only be given up when others fare better. */
  private readonly withheld = new Set<string>();

  constructor(
    private readonly handler: RecordHandler,
    private readonly worker: Worker,
    private readonly watch: Watch,
  ) {}

  async handle(record: ReceivedRecord, attempt: Attempt): Promise<void> {
    const mayTakeEffect = () => {
      const may = attempt.mayTakeEffect();
      if (may) this.watch.mustOwn(this.worker, record, 'took effect');
      return may;
    };
    const work = { ...this.worker, record, lane: laneOf(record), attempt };
    this.watch.started(work);
    try {
      await this.handler.handle(record, { number: attempt.number, signal: attempt.signal, mayTakeEffect });
      this.watch.done(record);
      this.failing.clear();
    } catch (error) {
      if (error instanceof StoreUnavailable) this.watch.foundStoreAway(work);
      throw error;
    } finally {
      this.watch.ended(work);
    }
  }

  decide(error: unknown, record: ReceivedRecord, attempt: number, othersSucceed: boolean): Disposition {
    const disposition = this.handler.decide(error, record, attempt, othersSucceed);
    if (!('mayBeOutage' in disposition) || !disposition.mayBeOutage) return disposition;
    const place = placeOf(record);
    this.failing.add(laneOf(record));
    this.withheld.delete(place);
    if (disposition.kind !== 'dead-letter') return disposition;
    if (this.failing.size >= DIFFERENT_FAILURES) this.withheld.add(place);
    else this.watch.givenUpAlone.add(place);
    return disposition;
  }

  async deadLetter(record: ReceivedRecord, reason: string, failures: Failures): Promise<void> {
    const place = placeOf(record);
    this.watch.mustOwn(this.worker, record, 'was given up');
    if (this.withheld.has(place)) this.watch.breaks('outage', `${place} was given up while all failed`);
    await this.handler.deadLetter(record, reason, failures);
    this.watch.done(record);
  }
}
