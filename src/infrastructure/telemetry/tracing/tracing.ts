import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../../../application/ports/logger.js';
import { logDiagnostics } from '../diagnostics.js';
import type { OtlpThread } from '../otlp/otlp-thread.js';
import { Sampling, type SamplingSettings } from './sampling.js';
import { Spans } from './spans.js';

export interface TracingSettings {
  /** Names this process beside others of the service. */
  readonly instance: string;
  readonly sampling: SamplingSettings;
}

/** The traces of this process. */
export interface Tracing {
  readonly spans: Spans;
  /** Sends what is recorded, for a second at most. Never rejects. */
  stop(): Promise<void>;
}

const LAST_EXPORT_MS = 1_000;

/**
 * With OpenTelemetry's SDK, which is loaded with this file and reads its own variables: `OTEL_EXPORTER_OTLP_*`,
 * `OTEL_BSP_*`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME`. Spans that can't be sent are dropped.
 */
export function createTracing(
  { instance, sampling: settings }: TracingSettings,
  otlp: OtlpThread,
  logger: Logger,
): Tracing {
  logDiagnostics(logger);
  const own = { 'service.name': 'order-service', 'service.instance.id': instance };
  const sampling = new Sampling(settings);
  const provider = new BasicTracerProvider({
    sampler: sampling.sampler,
    idGenerator: sampling,
    resource: resourceFromAttributes(own).merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(otlp.delegate('TRACES', ProtobufTraceSerializer))],
  });
  return {
    spans: new Spans(provider.getTracer('order-service'), sampling),
    stop: async () => {
      const deadline = new Promise((resolve) => setTimeout(resolve, LAST_EXPORT_MS).unref());
      try {
        await Promise.race([provider.shutdown(), deadline]);
      } catch (error) {
        logger.debug('the last spans were not sent', { error });
      }
    },
  };
}
