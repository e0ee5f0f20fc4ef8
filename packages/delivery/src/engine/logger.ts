export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log. A field `error` is an Error with its stack and causes. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** `console`, without the debug lines. */
export const consoleLogger = Object.create(console, { debug: { value: () => undefined } }) as Logger;
