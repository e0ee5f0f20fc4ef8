import type { LogFields, Logger } from '../../src/engine/logger.js';

/** Hands on what is logged as one line each, with the fields that say of what it is. */
export class NotingLogger implements Logger {
  constructor(private readonly note: (line: string) => void) {}

  debug(message: string, fields?: LogFields): void {
    this.write(message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.write(message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.write(message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.write(message, fields);
  }

  with(): Logger {
    return this;
  }

  private write(message: string, fields: LogFields = {}): void {
    const { partition, offset, attempt, error } = fields;
    const place = offset === undefined ? [] : [`${text(partition)}@${text(offset)} attempt ${text(attempt)}`];
    const words = [message, ...place, ...(error === undefined ? [] : [text(error)])];
    this.note(words.join(' '));
  }
}

function text(field: unknown): string {
  if (field instanceof Error) return `(${field.message})`;
  return typeof field === 'bigint' ? String(field) : JSON.stringify(field);
}
