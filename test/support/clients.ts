import type { OrderRequest } from '../../packages/delivery/test/simulation/history.js';

const TICK_MS = 10;
const TIMEOUT_MS = 20_000;

/** Clients that send at a steady rate. When all of them wait for a response the rate falls. */
export class Clients {
  private readonly inFlight = new Set<Promise<void>>();
  private readonly ticks: NodeJS.Timeout;

  constructor(
    count: number,
    public perSecond: number,
    send: () => Promise<void>,
  ) {
    let lastTickAt = Date.now();
    let due = 0;
    this.ticks = setInterval(() => {
      const now = Date.now();
      due = Math.min(count, due + ((now - lastTickAt) * this.perSecond) / 1_000);
      lastTickAt = now;
      for (; due >= 1 && this.inFlight.size < count; due--) this.track(send());
    }, TICK_MS);
  }

  /** Takes a client until the work is over. */
  track(work: Promise<void>): void {
    const tracked = work.finally(() => this.inFlight.delete(tracked));
    this.inFlight.add(tracked);
  }

  /** Sends no more, and waits for the responses. */
  async stop(): Promise<void> {
    clearInterval(this.ticks);
    await Promise.all(this.inFlight);
  }
}

/** What a client knows of an order that it sent. */
export interface Told extends Pick<OrderRequest, 'answer' | 'place'> {
  /** Absent when there was no response. */
  readonly status?: number;
}

/** Sends an order and returns what its client knows then. Never rejects. */
export async function ask(post: (signal: AbortSignal) => Promise<Response>): Promise<Told> {
  try {
    const response = await post(AbortSignal.timeout(TIMEOUT_MS));
    const { status } = response;
    const { type, partition, offset } = (await response.json()) as Partial<Record<string, unknown>>;
    if (status === 202) {
      return { answer: 'success', status, place: { partition: Number(partition), offset: Number(offset) } };
    }
    return { answer: isRefusal(status, String(type)) ? 'refused' : 'unknown', status };
  } catch (error) {
    return { answer: isConnectionRefused(error) ? 'refused' : 'unknown' };
  }
}

/** Surely nothing was published. */
export function isRefusal(status: number, problem: string): boolean {
  return status < 500 || /:(broker-unavailable|overloaded)\b/.test(problem);
}

export function isConnectionRefused(error: unknown): boolean {
  return (error as { cause?: { code?: string } }).cause?.code === 'ECONNREFUSED';
}
