import type { Conditions } from './conditions.js';
import { BEHAVIOURS, type Item } from './item.js';
import type { Random } from './random.js';
import type { ReplicaProcess } from './replica-process.js';
import type { Scheduler } from './scheduler.js';

const OUTAGE_RESPONSE_MS = 30;

/** `rejected`: a business outcome, for good. */
export type CallOutcome = 'processed' | 'rejected';

/** This item failed this time. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';

  constructor(readonly retryAfterMs: number) {
    super('the call failed');
  }
}

/** No item succeeds now, as far as can be told. */
export class CallUnavailable extends Error {
  override readonly name = 'CallUnavailable';

  constructor(readonly retryAfterMs: number) {
    super('the dependency is unavailable');
  }
}

/** As one process reaches the dependency. A call that is aborted ends at once for the caller. */
export interface DependencyClient {
  call(item: Item, signal: AbortSignal): Promise<CallOutcome>;
}

/** How long a call takes, by the item's behaviour. */
export interface CallTimes {
  readonly quickMs: number;
  readonly slowMs: number;
}

/** What the handler calls for each item: it behaves as the item says. */
export class ModelDependency {
  /** Items that failed in an outage. */
  readonly failedInnocently = new Set<string>();
  private readonly calls = new Map<string, number>();

  constructor(
    private readonly scheduler: Scheduler,
    private readonly conditions: Conditions,
    private readonly times: CallTimes,
    private readonly random: Random,
  ) {}

  clientOf(process: ReplicaProcess): DependencyClient {
    return {
      call: async (item, signal) => {
        const aborted = new Promise<never>((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
        return Promise.race([process.request(() => this.respond(item)), aborted]);
      },
    };
  }

  private async respond({ id, behaviour }: Item): Promise<CallOutcome> {
    if (behaviour === BEHAVIOURS.neverEnds) return new Promise(() => undefined);
    await new Promise<void>((resolve) => this.scheduler.after(this.durationMs(behaviour), resolve));
    const calls = (this.calls.get(id) ?? 0) + 1;
    this.calls.set(id, calls);
    const { callsFail, callsUnavailable } = this.conditions;
    const retryAfterMs = this.random.pick([0, 0, 500]);
    if (callsFail || callsUnavailable) this.failedInnocently.add(id);
    if (callsUnavailable) throw new CallUnavailable(retryAfterMs);
    if (behaviour === BEHAVIOURS.unavailableAlways) throw new CallUnavailable(0);
    if (callsFail) throw new CallFailed(retryAfterMs);
    const fails = behaviour === BEHAVIOURS.failsAlways || (behaviour === BEHAVIOURS.failsTwice && calls <= 2);
    if (fails) throw new CallFailed(0);
    return behaviour === BEHAVIOURS.rejected ? 'rejected' : 'processed';
  }

  private durationMs(behaviour: string): number {
    if (this.conditions.callsFail || this.conditions.callsUnavailable) return OUTAGE_RESPONSE_MS;
    return behaviour === BEHAVIOURS.slow ? this.times.slowMs : this.random.int(1, this.times.quickMs);
  }
}
