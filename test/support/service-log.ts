import type { ServiceProcess } from '../../tools/dev-servers/service-process.js';
import { LOG_LINES } from '../../tools/log-lines.js';

/** A line of a process' log. */
export interface LogEntry {
  readonly process: string;
  /** Of this process, not of those before it under its name. */
  readonly pid: number;
  readonly level: string;
  readonly message: string;
  readonly orderId?: string;
  /** Of the record: the order's id. */
  readonly key?: string;
  readonly replica?: string;
  readonly partition?: number;
  readonly attempt?: number;
  readonly [field: string]: unknown;
}

/** What the processes of a service logged. */
export class ServiceLog {
  readonly entries: LogEntry[] = [];

  /** @param keeps which lines to keep; all, where nothing is said */
  constructor(private readonly keeps: (line: LogEntry) => boolean = () => true) {}

  record({ name, pid }: Pick<ServiceProcess, 'name' | 'pid'>, line: string): void {
    const entry = { ...parse(line), process: name, pid };
    if (this.keeps(entry)) this.entries.push(entry);
  }

  lines(message: string): LogEntry[] {
    return this.entries.filter((entry) => entry.message === message);
  }

  /** When a process last logged this message, in ms; it has to have done so. */
  lastTimeOf(message: string): number {
    return Date.parse(String(this.lines(message).at(-1)?.['timestamp']));
  }

  /** The ids of the orders that were processed, one for each time. */
  processed(): string[] {
    return this.lines(LOG_LINES.processed).map(({ orderId }) => orderId ?? '');
  }
}

/** What isn't JSON is Node's; an incomplete line is the last one of a process that was killed. */
function parse(line: string): { readonly level: string; readonly message: string } {
  if (!line.startsWith('{')) return { level: 'error', message: line };
  try {
    return JSON.parse(line) as LogEntry;
  } catch {
    return { level: 'warn', message: line };
  }
}
