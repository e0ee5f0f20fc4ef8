import type { Readable } from 'node:stream';
import type { ServerResponse } from 'node:http';
import type { LivePicture } from '../../../application/live/live-picture.js';
import { LiveUpdates } from '../../../application/live/live-updates.js';
import { HISTORY_EVERY_MS } from '../../../application/live/live-view.js';
import { HttpProblem } from '../problems/problem-details.js';
import { LiveStream } from './live-stream.js';

export const MAX_LIVE_STREAMS = 100;
const UPDATE_EVERY_MS = 250;
const LAG_EVERY_MS = 1_000;
const DEAD_LETTERS_EVERY_MS = 1_000;

/** What the browsers get that watch: each update is made and written once for all of them. */
export class LiveStreams {
  private readonly streams = new Set<LiveStream>();
  private readonly updates: LiveUpdates;
  private history: NodeJS.Timeout | undefined;
  /** While somebody watches. */
  private watching: readonly NodeJS.Timeout[] = [];
  private stopped = false;

  /** @param stream differs from that of every other process */
  constructor(
    private readonly picture: Pick<
      LivePicture,
      'start' | 'stop' | 'view' | 'addPoint' | 'refreshLag' | 'refreshDeadLetters'
    >,
    stream: string,
  ) {
    this.updates = new LiveUpdates(stream, picture.view());
  }

  start(): void {
    if (this.stopped) return;
    this.picture.start();
    this.history ??= every(HISTORY_EVERY_MS, () => {
      this.picture.addPoint();
      this.publish();
    });
  }

  /** Ends all streams; browsers connect again, perhaps to another process. */
  stop(): void {
    this.stopped = true;
    clearInterval(this.history);
    this.picture.stop();
    for (const stream of this.streams) stream.end();
    this.streams.clear();
    this.stopWatching();
  }

  /** The events after the one that the browser had last, or else a snapshot first. @throws HttpProblem */
  open(lastEventId: string | undefined, response: ServerResponse | undefined): Readable {
    if (this.stopped || this.streams.size >= MAX_LIVE_STREAMS) {
      const detail = `This process has no room for one more: it has ${this.streams.size} of ${MAX_LIVE_STREAMS} streams.`;
      throw new HttpProblem({ name: 'overloaded', detail });
    }
    if (this.streams.size === 0) this.startWatching();
    this.publish();
    const stream = new LiveStream(response);
    const missed = lastEventId === undefined ? undefined : this.updates.since(lastEventId);
    stream.begin(missed ?? [this.updates.snapshot()]);
    this.streams.add(stream);
    const closed = () => this.closed(stream);
    response?.once('close', closed);
    stream.output.once('close', closed);
    return stream.output;
  }

  private closed(stream: LiveStream): void {
    stream.output.destroy();
    if (this.streams.delete(stream) && this.streams.size === 0) this.stopWatching();
  }

  private publish(): void {
    const event = this.updates.advance(this.picture.view());
    if (event === undefined) return;
    for (const stream of this.streams) stream.send(event, () => this.updates.snapshot());
  }

  private startWatching(): void {
    const refreshLag = () => void this.picture.refreshLag();
    const refreshDeadLetters = () => void this.picture.refreshDeadLetters();
    refreshLag();
    refreshDeadLetters();
    this.watching = [
      every(UPDATE_EVERY_MS, () => this.publish()),
      every(LAG_EVERY_MS, refreshLag),
      every(DEAD_LETTERS_EVERY_MS, refreshDeadLetters),
    ];
  }

  private stopWatching(): void {
    for (const timer of this.watching) clearInterval(timer);
    this.watching = [];
  }
}

/** Keeps no process alive. */
function every(ms: number, callback: () => void): NodeJS.Timeout {
  return setInterval(callback, ms).unref();
}
