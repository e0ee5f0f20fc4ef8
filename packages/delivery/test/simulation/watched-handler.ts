import type { Attempt, Disposition, Failures, RecordHandler } from '../../src/engine/record-handler.js';
import type { ReceivedRecord } from '../../src/engine/record-source.js';
import { keyName, placeName, type Watch, type Worker } from './watch.js';

/** So many different keys in a row that failed are an outage. */
const DIFFERENT_FAILURES = 5;

/** The handler of one process, with an eye on what the engine does with it. */
export class WatchedHandler implements RecordHandler {
  /** Different keys that failed in a row, with no success between. */
  private readonly failing = new Set<string>();
  /** Records that may only be dead-lettered when others succeed. */
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
    const run = { ...this.worker, record, key: keyName(record), attempt };
    this.watch.started(run);
    try {
      await this.handler.handle(record, { number: attempt.number, signal: attempt.signal, mayTakeEffect });
      this.watch.completed(record);
      this.failing.clear();
    } finally {
      this.watch.ended(run);
    }
  }

  decide(error: unknown, record: ReceivedRecord, attempt: number, othersSucceed: boolean): Disposition {
    const disposition = this.handler.decide(error, record, attempt, othersSucceed);
    const { kind } = disposition;
    this.watch.dispositions.add(kind);
    if (kind === 'suspend' || kind === 'unavailable') this.watch.mustNotCount(this.worker, record, attempt);
    if (kind !== 'retry' && kind !== 'dead-letter') return disposition;
    const place = placeName(record);
    if (disposition.mayBeOutage) this.failing.add(keyName(record));
    this.withheld.delete(place);
    if (kind === 'retry') return disposition;
    if (disposition.mayBeOutage && this.failing.size >= DIFFERENT_FAILURES) this.withheld.add(place);
    else if (disposition.mayBeOutage || othersSucceed) this.watch.deadLetteredAlone.add(place);
    return disposition;
  }

  async deadLetter(record: ReceivedRecord, reason: string, failures: Failures): Promise<void> {
    const place = placeName(record);
    this.watch.mustOwn(this.worker, record, 'was dead-lettered');
    if (this.withheld.has(place)) this.watch.breaks('outage', `${place} was dead-lettered while all failed`);
    await this.handler.deadLetter(record, reason, failures);
    this.watch.completed(record);
  }
}
