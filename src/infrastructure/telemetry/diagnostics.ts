import { diag } from '@opentelemetry/api';
import type { Logger } from '../../application/ports/logger.js';

/** Traces are sent every few seconds: an outage of the collector is no reason for as many lines. */
const INTERVAL_MS = 60_000;
const nothing = (): undefined => undefined;

/** Logs what OpenTelemetry's SDK can't send, at most once a minute. */
export function logDiagnostics(logger: Logger): void {
  let quietUntil = -Infinity;
  diag.setLogger({
    ...{ warn: nothing, info: nothing, debug: nothing, verbose: nothing },
    error: (text) => {
      if (performance.now() < quietUntil) return;
      quietUntil = performance.now() + INTERVAL_MS;
      const [, reason = text] = /"message":"((?:[^"\\]|\\.)*)"/.exec(text) ?? [];
      logger.warn('metrics or traces could not be sent', { reason });
    },
  });
}
