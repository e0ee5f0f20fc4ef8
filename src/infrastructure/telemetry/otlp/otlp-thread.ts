import { Worker } from 'node:worker_threads';

/** As in OpenTelemetry's variables: `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`. */
export type Signal = 'TRACES' | 'METRICS';

/** As OpenTelemetry's `ExportResult`: 0 is a success. */
interface ExportResult {
  readonly code: 0 | 1;
  readonly error?: Error;
}

type WhenSent = (result: ExportResult) => void;

/** What the thread is asked to send. */
export interface Outgoing {
  readonly number: number;
  readonly signal: Signal;
  /** As OTLP has it in protobuf. */
  readonly body: Uint8Array;
}

/** What became of what has this number. */
export interface Sent {
  readonly number: number;
  readonly result: ExportResult;
}

/** What OpenTelemetry's exporters leave to others. */
interface ExportDelegate<Batch> {
  export(batch: Batch, whenSent: WhenSent): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
  setMetrics(): void;
}

/**
 * Sends by OTLP from a thread of its own, which begins with the first batch. In the thread of the service the HTTP client
 * would share Node's code with the server, and V8 compiles what serves both for neither: each order would cost 3 % more. See
 * docs/explanation/performance.md.
 */
export class OtlpThread {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, WhenSent>();
  private count = 0;

  constructor(private readonly program = new URL('otlp-worker.js', import.meta.url)) {}

  delegate<Batch>(
    signal: Signal,
    serializer: { serializeRequest(batch: Batch): Uint8Array | undefined },
  ): ExportDelegate<Batch> {
    return {
      export: (batch, whenSent) => {
        const body = serializer.serializeRequest(batch);
        if (body === undefined) {
          whenSent({ code: 1, error: new Error('the batch could not be serialized') });
          return;
        }
        const outgoing: Outgoing = { number: ++this.count, signal, body };
        this.waiting.set(outgoing.number, whenSent);
        this.worker ??= this.start();
        // copied: once any buffer was handed over, V8 makes slower code for all of them, as each may be gone
        this.worker.postMessage(outgoing);
      },
      // whoever exports waits for what it has exported
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
      setMetrics: () => undefined,
    };
  }

  /** Sends nothing more. Never rejects. */
  async end(): Promise<void> {
    this.waiting.clear();
    await this.worker?.terminate();
    this.worker = undefined;
  }

  private start(): Worker {
    // without the arguments of the process: what they load is for the service
    const worker = new Worker(this.program, {
      execArgv: [],
      env: process.env,
    });
    worker.unref();
    worker.on('message', ({ number, result }: Sent) => {
      this.waiting.get(number)?.(result);
      this.waiting.delete(number);
    });
    worker.on('error', (error: Error) => {
      this.worker = undefined;
      const failed = [...this.waiting.values()];
      this.waiting.clear();
      for (const whenSent of failed) whenSent({ code: 1, error });
    });
    return worker;
  }
}
