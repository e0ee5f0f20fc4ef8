import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readProtobuf, type Message } from './protobuf.js';

/** A span as it was sent. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly attributes: Readonly<Record<string, string | number>>;
  /** The ids of the spans that it is linked to. */
  readonly links: readonly string[];
  readonly hasFailed: boolean;
  /** Which process sent it. */
  readonly instance: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
}

const KINDS = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const STATUS_ERROR = 2n;

/** What was POSTed. */
export interface OtlpRequest {
  readonly path: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

/** Takes what services send by OTLP over HTTP. @see https://opentelemetry.io/docs/specs/otlp/#otlphttp */
export class OtlpReceiver {
  readonly requests: OtlpRequest[] = [];

  private constructor(
    readonly url: string,
    private readonly server: Server,
  ) {}

  /** @param responds whether it responds at all */
  static async start({ responds = true } = {}): Promise<OtlpReceiver> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.once('end', () => {
        const { url: path, headers } = request;
        receiver.requests.push({ path, contentType: headers['content-type'], body: Buffer.concat(chunks) });
        if (responds) response.end();
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const receiver = new OtlpReceiver(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, server);
    return receiver;
  }

  get metrics(): OtlpRequest[] {
    return this.requests.filter(({ path }) => path === '/v1/metrics');
  }

  get spans(): ReceivedSpan[] {
    return this.requests.filter(({ path }) => path === '/v1/traces').flatMap(({ body }) => readSpans(body));
  }

  /** Those of one trace: each before what it caused, and that by when it began, in ms. */
  trace(traceId: string): ReceivedSpan[] {
    const spans = this.spans
      .filter((span) => span.traceId === traceId)
      .sort((a, b) => Number(a.startNs - b.startNs));
    const ids = new Set(spans.map(({ spanId }) => spanId));
    const withCaused = (span: ReceivedSpan): ReceivedSpan[] => [
      span,
      ...spans.filter(({ parentSpanId }) => parentSpanId === span.spanId).flatMap(withCaused),
    ];
    return spans.filter(({ parentSpanId }) => !ids.has(parentSpanId)).flatMap(withCaused);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** Of an ExportTraceServiceRequest. @see https://github.com/open-telemetry/opentelemetry-proto */
function readSpans(body: Buffer): ReceivedSpan[] {
  return readProtobuf(body)
    .messages(1)
    .flatMap((ofResource) => {
      const instance = String(readAttributes(ofResource.messages(1)[0], 1)['service.instance.id']);
      const spans = ofResource.messages(2).flatMap((ofScope) => ofScope.messages(2));
      return spans.map((span) => readSpan(span, instance));
    });
}

function readSpan(span: Message, instance: string): ReceivedSpan {
  return {
    traceId: span.hex(1),
    spanId: span.hex(2),
    parentSpanId: span.hex(4),
    name: span.text(5),
    kind: KINDS[Number(span.integer(6))] ?? 'internal',
    startNs: span.integer(7),
    endNs: span.integer(8),
    attributes: readAttributes(span, 9),
    links: span.messages(13).map((link) => link.hex(2)),
    hasFailed: span.messages(15)[0]?.integer(3) === STATUS_ERROR,
    instance,
  };
}

function readAttributes(message: Message | undefined, field: number): Record<string, string | number> {
  const attributes = (message?.messages(field) ?? []).map((each) => {
    const [value] = each.messages(2);
    const isText = value?.has(1) === true;
    return [each.text(1), isText ? value.text(1) : Number(value?.integer(3) ?? 0)] as const;
  });
  return Object.fromEntries(attributes);
}
