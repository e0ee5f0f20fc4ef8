import type { Attempt, Disposition, Failures, RecordHandler } from '../../src/engine/record-handler.js';
import type { ReceivedRecord } from '../../src/engine/record-source.js';
import { retryThenDeadLetter, type RetryPolicy } from '../../src/engine/retry-then-dead-letter.js';
import { content, decodeItem, InvalidItem } from './item.js';
import type { DeadLettersClient } from './model-dead-letters.js';
import { CallFailed, CallUnavailable, type DependencyClient } from './model-dependency.js';
import { ConflictingItem, StoreUnavailable, type StoreClient } from './model-store.js';
import type { ReplicaProcess } from './replica-process.js';

/** The partition was lost before the effect. */
class PartitionLost extends Error {
  override readonly name = 'PartitionLost';
}

const UNDO_MS = 150;

/** Processes items: calls the dependency, then saves the outcome. Any failure may happen at any of its steps. */
export class ModelHandler implements RecordHandler {
  private readonly retry: ReturnType<typeof retryThenDeadLetter>;

  constructor(
    private readonly process: ReplicaProcess,
    private readonly dependency: DependencyClient,
    private readonly store: StoreClient,
    private readonly deadLetters: DeadLettersClient,
    policy: RetryPolicy,
    random: () => number,
  ) {
    this.retry = retryThenDeadLetter(policy, random);
  }

  async handle(record: ReceivedRecord, attempt: Attempt): Promise<void> {
    const item = decodeItem(record);
    const stored = await this.store.find(item.id);
    if (stored !== undefined && content(stored.item) !== content(item)) throw new ConflictingItem(item.id);
    if (stored !== undefined && stored.status !== 'parked') return;
    await this.mustTakeEffect(attempt);
    const status = await this.dependency.call(item, attempt.signal);
    await this.mustTakeEffect(attempt);
    await this.store.save({ item, status });
  }

  decide(error: unknown, record: ReceivedRecord, attempt: number, othersSucceed: boolean): Disposition {
    const invalid = { kind: 'dead-letter', mayBeOutage: false } as const;
    if (error instanceof InvalidItem) return { ...invalid, reason: 'invalid' };
    if (error instanceof ConflictingItem) return { ...invalid, reason: 'conflicting' };
    if (error instanceof PartitionLost) return { kind: 'let-go' };
    if (error instanceof StoreUnavailable) return { kind: 'suspend' };
    const isUnavailable = error instanceof CallUnavailable;
    if (isUnavailable && !othersSucceed) return { kind: 'unavailable', retryAfterMs: error.retryAfterMs };
    const retryAfterMs = isUnavailable || error instanceof CallFailed ? error.retryAfterMs : 0;
    const outage = { mayBeOutage: !isUnavailable, ...(retryAfterMs > 0 && { retryAfterMs }) };
    const disposition = this.retry(error, record, attempt);
    if (disposition.kind !== 'retry') return { ...disposition, ...outage };
    return { ...disposition, ...outage, delayMs: Math.max(disposition.delayMs, retryAfterMs) };
  }

  async deadLetter(record: ReceivedRecord, reason: string, { attempts }: Failures): Promise<void> {
    const { partition, offset } = record;
    await this.deadLetters.add({ partition, offset: Number(offset), reason, attempts });
    if (reason !== 'exhausted') return;
    try {
      await this.store.save({ item: decodeItem(record), status: 'parked' });
    } catch (error) {
      if (!(error instanceof ConflictingItem)) throw error;
    }
  }

  /** To undo what it began takes a while: the partition may be this replica's again when the attempt ends. */
  private async mustTakeEffect(attempt: Attempt): Promise<void> {
    if (attempt.mayTakeEffect()) return;
    await this.process.wait(UNDO_MS);
    throw new PartitionLost();
  }
}
