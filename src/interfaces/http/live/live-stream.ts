import { Readable } from 'node:stream';
import type { ServerResponse } from 'node:http';
import type { LiveEvent } from '../../../application/live/live-updates.js';
import { eventText } from '../server/event-stream.js';

/** How soon a browser connects again, in ms. */
const RETRY = 'retry: 1000\n\n';

/** The events of one browser. What a slow one can't take is left out, and it gets a snapshot when it can: nothing waits for it. */
export class LiveStream {
  readonly output = new Readable({ read: () => undefined });
  private hasMissed = false;

  constructor(private readonly response: Pick<ServerResponse, 'writableNeedDrain'> | undefined) {}

  /** At its start, whatever the browser takes. */
  begin(events: readonly LiveEvent[]): void {
    this.output.push(RETRY + events.map((event) => eventText(event)).join(''));
  }

  send(event: LiveEvent, snapshot: () => LiveEvent): void {
    if (this.output.readableLength > 0 || this.response?.writableNeedDrain === true) {
      this.hasMissed = true;
      return;
    }
    this.output.push(eventText(this.hasMissed ? snapshot() : event));
    this.hasMissed = false;
  }

  end(): void {
    this.output.push(null);
  }
}
