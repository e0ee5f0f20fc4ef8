import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  MeterProvider,
  MetricReader,
  PeriodicExportingMetricReader,
  type MetricData,
  type MetricProducer,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { Logger } from '../../application/ports/logger.js';
import { logDiagnostics } from './diagnostics.js';
import type { OtlpThread } from './otlp/otlp-thread.js';
import { Instruments } from './instruments.js';
import { InstrumentProducer } from './metric-data.js';
import { watchProcess } from './process-metrics.js';
import { watchRuntime } from './runtime-metrics.js';

export interface MetricsSettings {
  /** Names this process beside others of the service. */
  readonly instance: string;
  /** Pushes them by OTLP too, where OpenTelemetry's own variables say. */
  readonly push: { readonly intervalMs: number } | undefined;
}

/** The metrics of this process. */
export interface Metrics {
  readonly instruments: Instruments;
  /** All of them at this moment, in Prometheus' text format. */
  scrape(): Promise<string>;
  /** Pushes them for the last time, if at all. Never rejects. */
  stop(): Promise<void>;
}

const LAST_PUSH_MS = 1_000;
const UNITS: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes', '1': 'ratio' };

/** With OpenTelemetry's SDK, which is loaded with this file. */
export async function createMetrics(
  { instance, push }: MetricsSettings,
  otlp: OtlpThread,
  logger: Logger,
): Promise<Metrics> {
  const instruments = new Instruments();
  watchProcess(instruments);
  const endWatch = watchRuntime(instruments);
  const ours = new InstrumentProducer(instruments, (error) => {
    logger.debug('a metric could not be read', { error });
  });
  const scraped = new ScrapedReader({ metricProducers: [ours] });
  const own = { 'service.name': 'order-service', 'service.instance.id': instance };
  const provider = new MeterProvider({
    resource: resourceFromAttributes(own).merge(detectResources({ detectors: [envDetector] })),
    readers: [
      scraped,
      ...(push === undefined ? [] : [await pushingReader(ours, otlp, push.intervalMs, logger)]),
    ],
  });
  // without a label for who measured
  const serializer = new PrometheusSerializer(undefined, false, undefined, false, true);
  return {
    instruments,
    scrape: async () => serializer.serialize(withUnits((await scraped.collect()).resourceMetrics)),
    stop: async () => {
      endWatch();
      try {
        await provider.shutdown({ timeoutMillis: LAST_PUSH_MS });
      } catch (error) {
        logger.debug('the last metrics were not pushed', { error });
      }
    },
  };
}

/** Is asked by whoever scrapes. */
class ScrapedReader extends MetricReader {
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }

  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
}

async function pushingReader(
  ours: MetricProducer,
  otlp: OtlpThread,
  exportIntervalMillis: number,
  logger: Logger,
) {
  logDiagnostics(logger);
  const { OTLPMetricExporterBase } = await import('@opentelemetry/exporter-metrics-otlp-http');
  const { ProtobufMetricsSerializer } = await import('@opentelemetry/otlp-transformer');
  const exporter = new OTLPMetricExporterBase(otlp.delegate('METRICS', ProtobufMetricsSerializer));
  return new PeriodicExportingMetricReader({ exporter, exportIntervalMillis, metricProducers: [ours] });
}

/** Prometheus has the unit in the name; the serializer appends `_total` alone. */
function withUnits({ resource, scopeMetrics }: ResourceMetrics): ResourceMetrics {
  const renamed = ({ descriptor, ...metric }: MetricData): MetricData => {
    const unit = UNITS[descriptor.unit];
    const name = unit === undefined ? descriptor.name : `${descriptor.name}_${unit}`;
    return { ...metric, descriptor: { ...descriptor, name, unit: unit ?? '' } };
  };
  return {
    resource,
    scopeMetrics: scopeMetrics.map(({ scope, metrics }) => ({ scope, metrics: metrics.map(renamed) })),
  };
}
