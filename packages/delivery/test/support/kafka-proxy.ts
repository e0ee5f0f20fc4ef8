import { FrameSplitter, requestHeader, responseCorrelationId } from './kafka-frames.js';
import {
  startTcpProxy,
  type Piece,
  type ProxiedConnection,
  type TcpProxy,
  type TcpProxyOptions,
} from './tcp-proxy.js';
import { waitFor } from '../../src/contract/wait-for.js';

const PRODUCE = 0;

interface Conversation {
  readonly requests: FrameSplitter;
  readonly responses: FrameSplitter;
  /** By correlation id. */
  readonly apiKeys: Map<number, number>;
}

/** Starts a proxy in front of one broker, on a free port of 127.0.0.1. */
export async function startKafkaProxy(target: TcpProxyOptions['target']): Promise<KafkaProxy> {
  const responses = new ProduceResponses();
  const tcp = await startTcpProxy({
    target,
    onClientData: (chunk, connection) => responses.onRequest(chunk, connection),
    onServerData: (chunk, connection) => responses.onResponse(chunk, connection),
  });
  return new KafkaProxy(tcp, responses);
}

/**
 * A proxy that knows which responses are to a produce request (acks 1 or all) and can lose them: the broker has
 * then dealt with the request already. A response that carries an error counts like any other.
 */
export class KafkaProxy {
  /** For faults that have nothing to do with Kafka: drop, refuse, hang, delay. */
  readonly tcp: TcpProxy;
  readonly #responses: ProduceResponses;
  #faultsAwaited = 0;

  constructor(tcp: TcpProxy, responses: ProduceResponses) {
    this.tcp = tcp;
    this.#responses = responses;
  }

  get port(): number {
    return this.tcp.port;
  }

  /** How many produce responses were lost so far. */
  get faultsDone(): number {
    return this.#responses.faultsDone;
  }

  /** The next `count` produce responses never reach the client; their connections stay open. Replaces an earlier order. */
  swallowProduceResponses(count: number): void {
    this.#responses.order = { fault: 'swallow', left: count };
  }

  /** Instead of each of the next `count` produce responses the connection is dropped. Replaces an earlier order. */
  dropAtProduceResponses(count: number): void {
    this.#responses.order = { fault: 'drop', left: count };
  }

  /** Each produce response is delayed by `ms` milliseconds, and with it what follows on its connection; 0 ends that. */
  delayProduceResponses(ms: number): void {
    this.#responses.delayMs = ms;
  }

  /** Resolves at the first fault that no earlier call resolved for, so a fault before the call isn't missed. */
  async nextFault(deadlineMs: number): Promise<void> {
    const wanted = this.#faultsAwaited + 1;
    await waitFor(`produce fault ${wanted} on port ${this.port}`, () => this.faultsDone >= wanted, {
      deadlineMs,
      intervalMs: 5,
    });
    this.#faultsAwaited = wanted;
  }

  close(): Promise<void> {
    return this.tcp.close();
  }
}

class ProduceResponses {
  order: { readonly fault: 'swallow' | 'drop'; left: number } | undefined;
  delayMs = 0;
  faultsDone = 0;
  readonly #conversations = new WeakMap<ProxiedConnection, Conversation>();

  onRequest(chunk: Buffer, connection: ProxiedConnection): readonly Piece[] {
    const { requests, apiKeys } = this.#conversation(connection);
    for (const frame of requests.push(chunk)) {
      const { apiKey, correlationId } = requestHeader(frame);
      apiKeys.set(correlationId, apiKey);
    }
    return [{ bytes: chunk }];
  }

  onResponse(chunk: Buffer, connection: ProxiedConnection): readonly Piece[] {
    const { responses, apiKeys } = this.#conversation(connection);
    const pieces: Piece[] = [];
    for (const frame of responses.push(chunk)) {
      const correlationId = responseCorrelationId(frame);
      const isProduce = apiKeys.get(correlationId) === PRODUCE;
      apiKeys.delete(correlationId);
      const fault = isProduce ? this.#takeFault() : undefined;
      if (fault === undefined) pieces.push({ bytes: frame, delayMs: isProduce ? this.delayMs : 0 });
      if (fault === 'drop') pieces.push({ bytes: Buffer.alloc(0), thenDrop: true });
    }
    return pieces;
  }

  #takeFault(): 'swallow' | 'drop' | undefined {
    if (this.order === undefined || this.order.left <= 0) return undefined;
    this.order.left--;
    this.faultsDone++;
    return this.order.fault;
  }

  #conversation(connection: ProxiedConnection): Conversation {
    let conversation = this.#conversations.get(connection);
    if (conversation === undefined) {
      conversation = { requests: new FrameSplitter(), responses: new FrameSplitter(), apiKeys: new Map() };
      this.#conversations.set(connection, conversation);
    }
    return conversation;
  }
}
