import { inspect, styleText } from 'node:util';
import winston from 'winston';
import type { LogLevel } from './log-level.js';
import { visible } from './visible.js';

export type LogFormat = 'json' | 'pretty';

/** How many causes of an error are shown: one may be its own. */
const MAX_CAUSES = 8;
const TOO_DEEP = '[Circular, or too many causes]';
const COLOURS = { error: 'red', warn: 'yellow', info: 'green', debug: 'gray' } as const;

const json = winston.format.combine(
  winston.format.timestamp(),
  winston.format.printf(({ timestamp, level, message, ...fields }) =>
    toJson({ timestamp, level, message, ...fields }),
  ),
);

const pretty = winston.format.printf(({ level, message, error, ...fields }) => {
  const time = new Date().toISOString().slice(11, 23);
  const details = Object.entries(fields).filter(([, value]) => value !== undefined);
  const text = details.map(([name, value]) => ` ${dim(`${name}=`)}${inline(value)}`).join('');
  const below = error === undefined ? '' : `\n${indented(errorText(error))}`;
  return `${dim(time)} ${colour(level)} ${visible(String(message))}${text}${below}`;
});

export const LOG_FORMATS = { json, pretty };

/** Each field by itself where one of them is no JSON. */
function toJson(fields: object): string {
  try {
    return visible(JSON.stringify(fields, plain));
  } catch {
    const shown = Object.entries(fields).filter(([, value]) => value !== undefined);
    return `{${shown.map(([name, value]) => `${JSON.stringify(name)}:${stringify(value)}`).join()}}`;
  }
}

/** JSON; of what can't be JSON, such as a circle, its text in JSON. */
function stringify(value: unknown): string {
  try {
    return visible(JSON.stringify(value, plain));
  } catch {
    return visible(JSON.stringify(inspect(value)));
  }
}

/** In JSON an error would be `{}`, and a bigint is not allowed. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Error ? errorFields(value, MAX_CAUSES) : value;
}

function errorFields({ name, message, stack, cause }: Error, causes: number): object {
  const fields = { name, message, stack };
  if (cause === undefined) return fields;
  if (!(cause instanceof Error)) return { ...fields, cause };
  return { ...fields, cause: causes === 0 ? TOO_DEEP : errorFields(cause, causes - 1) };
}

/** Stack and causes: what else an error carries may be a row, or a connection with its password. */
function errorText(error: unknown, causes = MAX_CAUSES): string {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : stringify(error);
  const { name, message, stack = `${name}: ${message}`, cause } = error;
  if (cause === undefined) return stack;
  return `${stack}\n[cause]: ${causes === 0 ? TOO_DEEP : errorText(cause, causes - 1)}`;
}

/** So that none of them looks like a line of the log. */
function indented(text: string): string {
  const lines = text.split('\n').map((line) => `  ${visible(line)}`);
  return lines.join('\n');
}

function inline(value: unknown): string {
  return typeof value === 'string' && !/[\s\p{C}]/u.test(value) ? value : stringify(value);
}

function colour(level: string): string {
  return styleText(COLOURS[level as LogLevel], level.padEnd(5));
}

function dim(text: string): string {
  return styleText('dim', text);
}
