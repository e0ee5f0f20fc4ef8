import type {
  DeadLetterList,
  DeadLetterOutcome,
  DeadLetterView,
} from '../../src/interfaces/http/dead-letters/dead-letter-dtos.js';
import type { OrderRequest } from '../../packages/delivery/test/simulation/history.js';
import type { Random } from '../../packages/delivery/test/simulation/random.js';
import { REPAIRABLE, type FulfilmentServer } from '../../test/support/fulfilment-server.js';
import type { Installation } from '../../test/support/installation.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import type { Operation } from './chaos-history.js';

const EVERY_MS = 4_000;
const CLIENT_TIMEOUT_MS = 20_000;
/** Older than this, a dead letter's record is surely committed: nobody processes it again by itself. */
const OLDER_THAN_SECONDS = 20;
const LISTED = 200;
const AT_ONCE = 4;
const DISCARDED_IN_BULK = 300;

type ListedDeadLetter = Pick<DeadLetterView, 'id' | 'redriveCount' | 'key'>;

/**
 * Whoever looks after the dead letters, over the operations API: lists them, fixes the cause of some and redrives these,
 * redrives others without, and discards; what can't be read in bulk.
 */
export class Operator {
  readonly operations: Operation[] = [];
  /** An order that is redriven is sent once more. */
  readonly requests: OrderRequest[] = [];
  private working: Promise<void> = Promise.resolve();
  private isWorking = false;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly random: Random,
    private readonly service: Pick<Installation, 'url'>,
    private readonly fulfilment: FulfilmentServer,
  ) {
    this.timer = setInterval(() => {
      if (!this.isWorking) this.working = this.round();
    }, EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.working;
  }

  /** How many dead letters are listed at the end. What a clock that was ahead wrote counts once it was listed. */
  async count(): Promise<number> {
    const all = { all: true, dryRun: true, limit: 1 };
    const count = () => this.list().then(() => this.ask('Discard', all));
    const { matched } = await waitFor('the dead letters to be counted', count, {
      deadlineMs: 30_000,
      intervalMs: 500,
    });
    return matched;
  }

  /** Never rejects. */
  async round(): Promise<void> {
    this.isWorking = true;
    try {
      const listed = await this.list();
      const ours = listed.filter(({ key }) => key?.text?.startsWith(REPAIRABLE) === true);
      for (const each of ours.slice(0, AT_ONCE)) await this.resolve(each);
      if (this.random.chance(0.5)) await this.discardInBulk();
    } catch {
      // the API or the brokers are unavailable: the next time
    } finally {
      this.isWorking = false;
    }
  }

  private async list(): Promise<ListedDeadLetter[]> {
    const query = `reason=exhausted&olderThanSeconds=${OLDER_THAN_SECONDS}&limit=${LISTED}`;
    const response = await fetch(`${this.service.url}/api/DeadLetter?${query}`, {
      signal: AbortSignal.timeout(CLIENT_TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`it responded with ${response.status}`);
    return ((await response.json()) as DeadLetterList).deadLetters;
  }

  private async resolve({ id, redriveCount, key }: ListedDeadLetter): Promise<void> {
    const orderId = key?.text ?? '';
    const percent = this.random.int(0, 99);
    const action = percent < 25 ? 'discard' : 'redrive';
    const isRepaired = percent >= 50 || (action === 'redrive' && redriveCount > 0);
    if (isRepaired) this.fulfilment.repaired.add(orderId);
    const isResolved = await this.ask(action === 'redrive' ? 'Redrive' : 'Discard', { id })
      .then(({ resolved }) => resolved === 1)
      .catch(() => false);
    const answer = isResolved ? 'success' : 'unknown';
    this.operations.push({
      ...{ at: Date.now(), action, orderId, redriveCount, answer },
      ...{ isRepaired, resolved: isResolved ? 1 : 0, atMost: 1 },
    });
    if (action === 'redrive') this.requests.push({ orderId, content: REPAIRABLE, answer });
  }

  private async discardInBulk(): Promise<void> {
    const selection = { reason: 'invalid', olderThanSeconds: OLDER_THAN_SECONDS, limit: DISCARDED_IN_BULK };
    const resolved = await this.ask('Discard', selection)
      .then((outcome) => outcome.resolved)
      .catch(() => undefined);
    const answer = resolved === undefined ? 'unknown' : 'success';
    this.operations.push({
      ...{ at: Date.now(), action: 'discard', answer, resolved: resolved ?? 0 },
      atMost: resolved ?? DISCARDED_IN_BULK,
    });
  }

  private async ask(
    operation: 'Redrive' | 'Discard',
    selection: object,
  ): Promise<Pick<DeadLetterOutcome, 'matched' | 'resolved'>> {
    const response = await fetch(`${this.service.url}/api/DeadLetter/${operation}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(selection),
      signal: AbortSignal.timeout(CLIENT_TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`it responded with ${response.status}`);
    return (await response.json()) as DeadLetterOutcome;
  }
}
