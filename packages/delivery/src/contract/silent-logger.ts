/** Logs nothing. */
class SilentLogger {
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): void {}
  with(): this {
    return this;
  }
}

export const silentLogger = new SilentLogger();
