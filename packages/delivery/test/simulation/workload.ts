import type { LoggedOrder, OrderRequest } from './history.js';
import { BEHAVIOURS, content, encodeItem } from './item.js';
import type { LoggedMessage, ModelLog } from './model-log.js';
import type { Random } from './random.js';
import type { Scheduler } from './scheduler.js';

export interface WorkloadSettings {
  readonly records: number;
  readonly forMs: number;
  readonly hasLongCalls: boolean;
}

type Kind = keyof typeof BEHAVIOURS | 'hot' | 'undecodable' | 'invalid' | 'marker' | 'unpublished';

const POISON: readonly string[] = [
  BEHAVIOURS.failsAlways,
  BEHAVIOURS.unavailableAlways,
  BEHAVIOURS.neverEnds,
];
const utf8 = new TextEncoder();

/** What clients publish, what they are told, and what others put into the topic besides. */
export class Workload {
  readonly requests: OrderRequest[] = [];
  readonly logged: LoggedOrder[] = [];
  private items = 0;

  constructor(
    private readonly log: ModelLog,
    private readonly scheduler: Scheduler,
    private readonly random: Random,
    private readonly settings: WorkloadSettings,
  ) {}

  schedule(): void {
    const { records, forMs } = this.settings;
    for (let count = 0; count < records; count++) {
      const at = this.random.int(0, forMs);
      const inBurst = this.random.chance(0.4);
      this.scheduler.after(inBurst ? at - (at % 4_000) : at, () => {
        this.put(this.kind());
      });
    }
  }

  /** Different healthy items in each partition: without them an outage can't be told from an item's own fault. */
  burst(itemsPerPartition: number): void {
    for (let count = 0; count < itemsPerPartition * this.log.partitionCount; count++) {
      this.publish(this.newId(count % this.log.partitionCount), BEHAVIOURS.quick, 1);
    }
  }

  private kind(): Kind {
    const draw = this.random.int(1, 100);
    if (draw <= 20) return 'hot';
    if (draw <= 30) {
      return this.random.pick(['undecodable', 'invalid', 'failsAlways', 'marker', 'unpublished']);
    }
    if (draw <= 40) return this.random.pick(['rejected', 'failsTwice', 'quick']);
    if (draw <= 43 && this.settings.hasLongCalls) return this.random.pick(['slow', 'neverEnds']);
    return draw === 44 ? 'unavailableAlways' : 'quick';
  }

  private put(kind: Kind): void {
    const partition = this.random.int(0, this.log.partitionCount - 1);
    if (kind === 'marker') this.log.appendMarker(partition);
    else if (kind === 'undecodable' || kind === 'invalid') this.putPoison(partition, kind);
    else if (kind === 'hot') this.publishHot();
    else if (kind === 'unpublished') {
      this.ask(this.newId(partition), this.random.pick(['refused', 'unknown']));
    } else this.publish(this.newId(partition), BEHAVIOURS[kind], this.random.int(1, 3));
  }

  /** One of few ids, mostly with the content that it had the first time. */
  private publishHot(): void {
    const hot = this.random.int(0, 4);
    const quantity = this.random.chance(0.8) ? 1 : 2;
    this.publish(`hot-${hot}`, hot === 4 ? BEHAVIOURS.failsAlways : BEHAVIOURS.quick, quantity);
  }

  /** The id's last number is its partition. */
  private newId(partition: number): string {
    return `item-${this.items++}-${partition}`;
  }

  private ask(orderId: string, answer: OrderRequest['answer']): void {
    const item = { id: orderId, behaviour: BEHAVIOURS.quick, quantity: 1 };
    this.requests.push({ orderId, content: content(item), answer });
  }

  private publish(id: string, behaviour: string, quantity: number): void {
    const partition = Number(id.slice(id.lastIndexOf('-') + 1)) % this.log.partitionCount;
    const item = { id, behaviour, quantity };
    const order = { orderId: id, content: content(item) };
    const offset = this.append(partition, encodeItem(item));
    const refused = behaviour === BEHAVIOURS.rejected;
    this.logged.push({ partition, offset, order, poison: POISON.includes(behaviour), refused });
    this.requests.push({ ...order, answer: this.random.chance(0.9) ? 'success' : 'unknown' });
  }

  private putPoison(partition: number, kind: 'undecodable' | 'invalid'): void {
    const quantity = kind === 'invalid' ? 0 : 1;
    const message = encodeItem({ id: `hot-${partition}`, behaviour: BEHAVIOURS.quick, quantity });
    const value = kind === 'invalid' ? message.value : this.random.pick(UNDECODABLE);
    const key = this.random.chance(0.3) ? null : message.key;
    this.logged.push({
      partition,
      offset: this.append(partition, { ...message, key, value }),
      poison: true,
    });
  }

  private append(partition: number, message: LoggedMessage): number {
    return this.log.append(partition, message, this.scheduler.now);
  }
}

const UNDECODABLE: readonly [Uint8Array | null, ...(Uint8Array | null)[]] = [
  null,
  Uint8Array.of(0xff, 0xfe),
  utf8.encode(''),
  utf8.encode('{"id":'),
  utf8.encode('[]'),
  utf8.encode('{"__proto__":{}}'),
  utf8.encode('['.repeat(5_000)),
];
