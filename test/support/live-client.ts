import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import type { LiveView } from '../../src/application/live/live-view.js';
import type { LiveUpdate } from '../../src/application/live/live-updates.js';

export interface ReceivedEvent {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/** A browser that watches the service, and keeps its picture up to date as the page does. */
export class LiveClient {
  readonly events: ReceivedEvent[] = [];
  view: LiveView | undefined;
  hasEnded = false;

  private constructor(readonly response: IncomingMessage) {}

  static async open(url: string, lastEventId?: string): Promise<LiveClient> {
    const headers = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId };
    const request = get(`${url}/api/Live`, { headers, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const client = new LiveClient(response);
    client.read();
    return client;
  }

  get lastEventId(): string | undefined {
    return this.events.at(-1)?.id;
  }

  /** Waits until the picture is as it should be. */
  async sees(what: string, is: (view: LiveView) => unknown, deadlineMs = 30_000): Promise<LiveView> {
    return waitFor(what, () => (this.view !== undefined && is(this.view) ? this.view : undefined), {
      deadlineMs,
    });
  }

  close(): void {
    this.response.destroy();
  }

  private read(): void {
    let text = '';
    this.response.setEncoding('utf8');
    this.response.on('data', (chunk: string) => {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.received(block);
    });
    this.response.once('error', () => (this.hasEnded = true));
    this.response.once('close', () => (this.hasEnded = true));
  }

  private received(block: string): void {
    const fields = new Map(
      block.split('\n').map((line) => {
        const [name = '', ...value] = line.split(': ');
        return [name, value.join(': ')] as const;
      }),
    );
    const event = fields.get('event');
    if (event === undefined) return;
    const data = JSON.parse(fields.get('data') ?? '') as unknown;
    this.events.push({ id: fields.get('id') ?? '', event, data });
    if (event === 'snapshot') this.view = data as LiveView;
    else if (this.view !== undefined) this.view = updated(this.view, data as LiveUpdate);
  }
}

function updated(view: LiveView, { at, totals, replicas = [], removed = [], moves = [], point }: LiveUpdate) {
  const byId = new Map(view.replicas.map((each) => [each.id, each]));
  for (const each of replicas) byId.set(each.id, each);
  for (const id of removed) byId.delete(id);
  const points = point === undefined ? view.history.points : [...view.history.points, point];
  return {
    ...view,
    at,
    totals,
    replicas: [...byId.values()].sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true })),
    moves: [...moves, ...view.moves],
    history: { ...view.history, points },
  };
}
