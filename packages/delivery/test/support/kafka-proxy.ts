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
  const answers = new ProduceAnswers();
  const tcp = await startTcpProxy({
    target,
    onClientData: (chunk, connection) => answers.onRequest(chunk, connection),
    onServerData: (chunk, connection) => answers.onResponse(chunk, connection),
  });
  return new KafkaProxy(tcp, answers);
}

/**
 * A proxy that knows which answers are a broker's to a produce request (acks 1 or all) and can lose them: the broker has
 * then dealt with the request already. An answer that carries an error counts like any other.
 */
export class KafkaProxy {
  /** For faults that have nothing to do with Kafka: cut, refuse, hang, delay. */
  readonly tcp: TcpProxy;
  readonly #answers: ProduceAnswers;
  #faultsAwaited = 0;

  constructor(tcp: TcpProxy, answers: ProduceAnswers) {
    this.tcp = tcp;
    this.#answers = answers;
  }

  get port(): number {
    return this.tcp.port;
  }

  /** How many produce answers were swallowed or cut so far. */
  get faultsDone(): number {
    return this.#answers.faultsDone;
  }

  /** The next `count` produce answers never reach the client; their connections stay open. Replaces an earlier order. */
  swallowProduceAnswers(count: number): void {
    this.#answers.order = { fault: 'swallow', left: count };
  }

  /** Instead of each of the next `count` produce answers the connection is cut. Replaces an earlier order. */
  cutProduceAnswers(count: number): void {
    this.#answers.order = { fault: 'cut', left: count };
  }

  /** Each produce answer comes `ms` milliseconds late, and with it what follows on its connection; 0 ends that. */
  slowProduceAnswers(ms: number): void {
    this.#answers.delayMs = ms;
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

class ProduceAnswers {
  order: { readonly fault: 'swallow' | 'cut'; left: number } | undefined;
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
      if (fault === 'cut') pieces.push({ bytes: Buffer.alloc(0), thenCut: true });
    }
    return pieces;
  }

  #takeFault(): 'swallow' | 'cut' | undefined {
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
