export type LogFields = Readonly<Record<string, unknown>>;
/** Or what makes them, which is called only when the line is written. */
export type LazyFields = LogFields | (() => LogFields);

/** Structured log. A field `error` is shown with its stack and causes. */
export interface Logger {
  debug(message: string, fields?: LazyFields): void;
  info(message: string, fields?: LazyFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to each of its lines. */
  with(fields: LogFields): Logger;
}
