import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../../../application/ports/logger.js';
import { logDiagnostics } from '../diagnostics.js';
import { Spans } from './spans.js';

/** The traces of this process. */
export interface Tracing {
  readonly spans: Spans;
  /** Sends what is recorded, for a second at most. Never rejects. */
  stop(): Promise<void>;
}

const LAST_EXPORT_MS = 1_000;

/**
 * With OpenTelemetry's SDK, which is loaded with this file and reads its own variables: `OTEL_EXPORTER_OTLP_*`,
 * `OTEL_TRACES_SAMPLER`, `OTEL_BSP_*`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME`. Spans that can't be sent are dropped.
 * @param instance names this process beside others of the service
 */
export function createTracing(instance: string, logger: Logger): Tracing {
  logDiagnostics(logger);
  const own = { 'service.name': 'order-service', 'service.instance.id': instance };
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes(own).merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  return {
    spans: new Spans(provider.getTracer('order-service')),
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
