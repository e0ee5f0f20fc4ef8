import type { Conditions } from './conditions.js';
import type { Effect } from './history.js';
import { content, type Item } from './item.js';
import type { CallOutcome } from './model-dependency.js';
import type { Random } from './random.js';
import type { ReplicaProcess } from './replica-process.js';
import type { Scheduler } from './scheduler.js';

/** `parked`: dead-lettered, and may still be processed. */
type Status = CallOutcome | 'parked';

export interface StoredItem {
  readonly item: Item;
  readonly status: Status;
}

/** Whether a `save` took effect is unknown. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** Another item is stored under the id. */
export class ConflictingItem extends Error {
  override readonly name = 'ConflictingItem';
}

/** As one process reaches the store. */
export interface StoreClient {
  find(id: string): Promise<StoredItem | undefined>;
  /** An item that was processed or rejected is not saved again. */
  save(stored: StoredItem): Promise<void>;
}

/** The items by id, and a history that only grows. */
export class ModelStore {
  readonly history: Effect[] = [];
  private readonly items = new Map<string, StoredItem>();

  constructor(
    private readonly scheduler: Scheduler,
    private readonly conditions: Conditions,
    private readonly random: Random,
  ) {}

  clientOf(process: ReplicaProcess): StoreClient {
    return {
      find: (id) => process.request(() => this.find(id)),
      save: (stored) => process.request(() => this.save(stored)),
    };
  }

  private find(id: string): StoredItem | undefined {
    this.mustBeAvailable();
    return this.items.get(id);
  }

  private save(stored: StoredItem): void {
    this.mustBeAvailable();
    const { item, status } = stored;
    const earlier = this.items.get(item.id);
    if (earlier !== undefined && content(earlier.item) !== content(item)) throw new ConflictingItem(item.id);
    if (earlier !== undefined && (earlier.status !== 'parked' || status === 'parked')) return;
    this.items.set(item.id, stored);
    this.history.push({ at: this.scheduler.now, orderId: item.id, content: content(item), status });
    if (this.random.chance(this.conditions.lostResponses)) throw new StoreUnavailable('no response');
  }

  private mustBeAvailable(): void {
    if (this.conditions.storeUnavailable) throw new StoreUnavailable('no connection');
  }
}
