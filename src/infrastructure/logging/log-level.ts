export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

const SEVERITIES = { error: 0, warn: 1, info: 2, debug: 3 } as const;

/** Which lines are written: those of the level that is set. `debug` can be switched on and off meanwhile. */
export class LogThreshold {
  private current: LogLevel;

  constructor(private readonly configured: LogLevel) {
    this.current = configured;
  }

  get level(): LogLevel {
    return this.current;
  }

  admits(level: LogLevel): boolean {
    return SEVERITIES[level] <= SEVERITIES[this.current];
  }

  /** Where `debug` is what is set, off means `info`. */
  get switched(): LogLevel {
    if (this.current !== 'debug') return 'debug';
    return this.configured === 'debug' ? 'info' : this.configured;
  }

  switch(): void {
    this.current = this.switched;
  }
}
