import type { ContainerModule } from 'inversify';
import type { Logger } from '../application/ports/logger.js';
import { OtlpThread } from '../infrastructure/telemetry/otlp/otlp-thread.js';
import type { Config } from './config/config.js';
import { metricsModule } from './modules/metrics.module.js';
import { noMetricsModule, noTracingModule } from './modules/no-telemetry.module.js';

/** What shows the process to others: modules that measure and trace what the others have. */
export interface Telemetry {
  readonly modules: readonly ContainerModule[];
  /** Sends what is left, for a second at most. Never rejects. */
  stop(): Promise<void>;
}

interface Part {
  readonly module: ContainerModule;
  stop(): Promise<void>;
}

export const NO_TELEMETRY: Telemetry = {
  modules: [noMetricsModule, noTracingModule],
  stop: () => Promise.resolve(),
};

/** Loads OpenTelemetry's SDK only for what is wanted. */
export async function startTelemetry(config: Config, logger: Logger): Promise<Telemetry> {
  const otlp = new OtlpThread();
  const [metrics, tracing] = await Promise.all([
    startMetrics(config, otlp, logger),
    startTracing(config, otlp, logger),
  ]);
  return {
    modules: [metrics?.module ?? noMetricsModule, tracing?.module ?? noTracingModule],
    stop: async () => {
      await Promise.all([metrics?.stop(), tracing?.stop()]);
      await otlp.end();
    },
  };
}

async function startMetrics(config: Config, otlp: OtlpThread, logger: Logger): Promise<Part | undefined> {
  if (config.metrics.kind === 'off') return undefined;
  const { createMetrics } = await import('../infrastructure/telemetry/metrics.js');
  const metrics = await createMetrics(config.metrics, otlp, logger);
  return { module: metricsModule(metrics, config), stop: () => metrics.stop() };
}

async function startTracing(config: Config, otlp: OtlpThread, logger: Logger): Promise<Part | undefined> {
  if (config.tracing.kind === 'off') return undefined;
  const { createTracing } = await import('../infrastructure/telemetry/tracing/tracing.js');
  const { tracingModule } = await import('./modules/tracing.module.js');
  const tracing = createTracing(config.tracing, otlp, logger);
  return { module: tracingModule(tracing.spans, config), stop: () => tracing.stop() };
}
