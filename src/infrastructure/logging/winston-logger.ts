import { inspect, styleText } from 'node:util';
import winston from 'winston';
import type { LogFields, Logger } from '../../application/ports/logger.js';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type LogFormat = 'json' | 'pretty';

/** Logs each event to stdout as a line, of JSON or of text for people. */
export class WinstonLogger implements Logger {
  private constructor(
    private readonly winston: winston.Logger,
    private readonly fields: LogFields,
  ) {}

  static create(options: {
    level: LogLevel;
    format: LogFormat;
    stream?: NodeJS.WritableStream;
  }): WinstonLogger {
    const format = options.format === 'json' ? json : pretty;
    const transport: winston.transport = new winston.transports.Stream({
      stream: options.stream ?? process.stdout,
    });
    return new WinstonLogger(
      winston.createLogger({ level: options.level, format, transports: [transport] }),
      {},
    );
  }

  debug(message: string, fields?: LogFields): void {
    this.log('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.log('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.log('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.log('error', message, fields);
  }

  with(fields: LogFields): Logger {
    return new WinstonLogger(this.winston, { ...this.fields, ...fields });
  }

  private log(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (!this.winston.isLevelEnabled(level)) return;
    // `message` and `level` last: a field of that name must not change the line
    this.winston.log({ ...this.fields, ...fields, level, message });
  }
}

const json = winston.format.combine(
  winston.format.timestamp(),
  winston.format.printf(({ timestamp, level, message, ...fields }) =>
    JSON.stringify({ timestamp, level, message, ...fields }, errorAsFields),
  ),
);

const pretty = winston.format.printf(({ level, message, error, ...fields }) => {
  const time = new Date().toISOString().slice(11, 23);
  const details = Object.entries(fields).filter(([, value]) => value !== undefined);
  const text = details.map(([name, value]) => ` ${dim(`${name}=`)}${inline(value)}`).join('');
  const stack = error === undefined ? '' : `\n${inspect(error)}`;
  return `${dim(time)} ${colour(level)} ${String(message)}${text}${stack}`;
});

/** In JSON an error would be `{}`. */
function errorAsFields(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { name, message, stack, ...(cause === undefined ? {} : { cause }) };
}

const COLOURS = { error: 'red', warn: 'yellow', info: 'green', debug: 'gray' } as const;

function colour(level: string): string {
  return styleText(COLOURS[level as LogLevel], level.padEnd(5));
}

function dim(text: string): string {
  return styleText('dim', text);
}

/** What is invisible, and may steer a terminal or turn the direction of the text, is escaped. */
function inline(value: unknown): string {
  if (typeof value === 'string' && !/[\s\p{C}]/u.test(value)) return value;
  return JSON.stringify(value, errorAsFields).replace(
    /\p{C}/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
