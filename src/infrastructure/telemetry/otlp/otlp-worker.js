// Runs in a thread of its own, for otlp-thread.ts. Where to, how, and how long it tries is in OpenTelemetry's own variables.
import { parentPort } from 'node:worker_threads';
import {
  convertLegacyHttpOptions,
  createOtlpHttpExportDelegate,
} from '@opentelemetry/otlp-exporter-base/node-http';

const PATHS = { TRACES: 'v1/traces', METRICS: 'v1/metrics' };
const HEADERS = { 'Content-Type': 'application/x-protobuf' };
/** What is sent is serialized already, and of a response its status says enough. */
const RAW = { serializeRequest: (body) => body, deserializeResponse: () => ({}) };
const COUNTED = { name: 'batch', countItems: () => 1 };

const senders = new Map();

function senderOf(signal) {
  if (!senders.has(signal)) {
    const options = convertLegacyHttpOptions({}, signal, PATHS[signal], HEADERS);
    senders.set(signal, createOtlpHttpExportDelegate(options, RAW, 'otlp_http_exporter', COUNTED));
  }
  return senders.get(signal);
}

parentPort.on('message', ({ number, signal, body }) => {
  senderOf(signal).export(body, (result) => parentPort.postMessage({ number, result }));
});
