import winston from 'winston';
import type { LazyFields, LogFields, Logger } from '../../application/ports/logger.js';
import { LOG_FORMATS, type LogFormat } from './log-format.js';
import { LogThreshold, type LogLevel } from './log-level.js';

/** Logs each event to stdout as a line, of JSON or of text for people. */
export class WinstonLogger implements Logger {
  private constructor(
    private readonly winston: winston.Logger,
    private readonly threshold: LogThreshold,
    private readonly fields: LogFields,
  ) {}

  static create(options: {
    level: LogLevel;
    format: LogFormat;
    stream?: NodeJS.WritableStream;
  }): WinstonLogger {
    const transport: winston.transport = new winston.transports.Stream({
      stream: options.stream ?? process.stdout,
    });
    // which lines are written is decided here, as that may change
    const settings = { level: 'debug', format: LOG_FORMATS[options.format], transports: [transport] };
    return new WinstonLogger(winston.createLogger(settings), new LogThreshold(options.level), {});
  }

  debug(message: string, fields?: LazyFields): void {
    this.log('debug', message, fields);
  }

  info(message: string, fields?: LazyFields): void {
    this.log('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.log('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.log('error', message, fields);
  }

  with(fields: LogFields): Logger {
    return new WinstonLogger(this.winston, this.threshold, { ...this.fields, ...fields });
  }

  /** Switches `debug` on, or back off, for all loggers that were made from one, and says so in a line. */
  switchDebug(): void {
    const logLevel = this.threshold.switched;
    if (logLevel === 'debug') {
      this.threshold.switch();
      this.info('debug is on', { logLevel });
    } else {
      // while it still is: the level that is set may hide the line
      this.info('debug is off', { logLevel });
      this.threshold.switch();
    }
  }

  private log(level: LogLevel, message: string, fields: LazyFields = {}): void {
    if (!this.threshold.admits(level)) return;
    const own = typeof fields === 'function' ? fields() : fields;
    // `message` and `level` last: a field of that name must not change the line
    this.winston.log({ ...this.fields, ...own, level, message });
  }
}
