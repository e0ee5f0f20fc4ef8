import type { LogFields, Logger } from '../../src/engine/logger.js';

/** Some are made only when their line is written. */
type Fields = LogFields | (() => LogFields);

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

/** Keeps what is logged, for a test to look at. */
export class RecordingLogger implements Logger {
  constructor(
    readonly lines: LogLine[] = [],
    private readonly bound: LogFields = {},
  ) {}

  /** The lines above debug. */
  get shown(): LogLine[] {
    return this.lines.filter(({ level }) => level !== 'debug');
  }

  debug(message: string, fields?: Fields): void {
    this.record('debug', message, fields);
  }

  info(message: string, fields?: Fields): void {
    this.record('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.record('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.record('error', message, fields);
  }

  with(fields: LogFields): RecordingLogger {
    return new RecordingLogger(this.lines, { ...this.bound, ...fields });
  }

  private record(level: LogLine['level'], message: string, fields: Fields = {}): void {
    const own = typeof fields === 'function' ? fields() : fields;
    this.lines.push({ level, message, fields: { ...this.bound, ...own } });
  }
}
