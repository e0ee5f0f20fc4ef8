import type { Logger } from '../../../application/ports/logger.js';
import type { Requester } from './requester.js';

interface Logged {
  readonly at: number;
  /** Refused since. */
  refused: number;
}

const EVERY_MS = 60_000;
const MAX_LINES = 100;

/** Says in the log whose requests are refused: a line a minute of each limit of each client at most, and a hundred of all. */
export class RefusalLog {
  /** The line that was written last is the last one. */
  private readonly lines = new Map<string, Logged>();

  /** @param now of a clock that is never set */
  constructor(
    private readonly logger: Logger,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @param limit what there was too much of */
  add({ key, name }: Requester, limit: string): void {
    const now = this.now();
    const line = `${limit} of ${key}`;
    const before = this.lines.get(line);
    if (before !== undefined) before.refused++;
    if (before === undefined ? !this.makeRoom(now) : now - before.at < EVERY_MS) return;
    this.lines.delete(line);
    this.lines.set(line, { at: now, refused: 0 });
    const refused = before?.refused ?? 1;
    this.logger.warn('a client asks for more than its limit, it is refused', { ...name, limit, refused });
  }

  private makeRoom(now: number): boolean {
    const [[line, { at }] = ['', { at: -Infinity }]] = this.lines;
    if (this.lines.size < MAX_LINES) return true;
    return now - at >= EVERY_MS && this.lines.delete(line);
  }
}
