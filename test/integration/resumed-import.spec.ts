import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { loadConfig } from '../../src/bootstrap/config/load-config.js';
import { createContainer } from '../../src/bootstrap/container.js';
import type { Service } from '../../src/bootstrap/service.js';
import { TOKENS } from '../../src/bootstrap/tokens.js';
import type { EncodedMessage } from '../../src/application/ports/message-publisher.js';
import type { ImportSummary } from '../../src/interfaces/http/orders/order-dtos.js';
import { HttpClient } from '../support/http-client.js';
import { RecordingLogger } from '../../packages/delivery/test/support/recording-logger.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';

const IMPORT = '/api/Order/Import';
const LINES = 5_000;
const lines = Array.from({ length: LINES }, (_, n) => `${JSON.stringify({ product: `tea ${n + 1}` })}\n`);
const NDJSON = { 'Content-Type': 'application/x-ndjson' };

let service: Service;
let url: string;
/** What was appended to the topic: how often each id. */
let published: Map<string, number>;
/** What fulfilment was asked for: how often each product. */
let fulfilled: Map<string, number>;
const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);

beforeEach(async () => {
  published = new Map();
  fulfilled = new Map();
  const config = loadConfig({ PORT: '0', FULFILMENT_DELAY_MS: '0', REPLICA_ID: 'here', LOG_LEVEL: 'error' });
  const container = createContainer(config, new RecordingLogger(), (error) => {
    throw error;
  });
  const publisher = container.get(TOKENS.publisher);
  const publish = publisher.publish.bind(publisher);
  publisher.publish = async (message: EncodedMessage) => {
    const place = await publish(message);
    count(published, String(message.key));
    return place;
  };
  const fulfilment = container.get(TOKENS.fulfilment);
  const fulfil = fulfilment.fulfil.bind(fulfilment);
  fulfilment.fulfil = (order, ...others) => {
    count(fulfilled, order.state.product);
    return fulfil(order, ...others);
  };
  service = container.get(TOKENS.service);
  url = `http://127.0.0.1:${await service.listen()}`;
  await service.start();
});
afterEach(() => service.stop());

/** Sends so many lines and destroys the connection; returns the key that the response has by then. */
async function cutAfter(sent: number): Promise<string> {
  const request = httpRequest(url + IMPORT, { method: 'POST', headers: NDJSON });
  request.flushHeaders();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume().once('error', () => undefined);
  request.once('error', () => undefined);
  const half = lines[sent]?.slice(0, 10) ?? '';
  await new Promise((written) => request.write(lines.slice(0, sent).join('') + half, written));
  await waitFor('some of the orders', () => published.size > 0);
  request.destroy();
  return String(response.headers['idempotency-key']);
}

async function resume(key: string, firstLine: number): Promise<ImportSummary> {
  const rest = lines.slice(firstLine - 1).join('');
  const answer = await new HttpClient(url).post(`${IMPORT}?firstLine=${firstLine}`, rest, {
    ...NDJSON,
    'Idempotency-Key': key,
  });
  const last = answer.text.trimEnd().split('\n').at(-1) ?? '';
  return (JSON.parse(last) as { summary: ImportSummary }).summary;
}

describe('an import that was cut off', () => {
  it.each(['from its start', 'from behind what was surely published'])(
    'doubles nothing when it is sent again with the key that it was given, %s',
    async (from) => {
      const sent = 1 + Math.floor(Math.random() * (LINES - 1));
      const key = await cutAfter(sent);
      // they are published in their order here
      const firstLine = from === 'from its start' ? 1 : 1 + published.size;

      const summary = await resume(key, firstLine);

      const accepted = LINES - firstLine + 1;
      expect({ sent, ...summary }).toMatchObject({ sent, accepted, invalid: 0, complete: true });
      await waitFor('all to be processed', () => fulfilled.size === LINES);
      expect(published.size).toBe(LINES);
      expect(new Set(fulfilled.values())).toEqual(new Set([1]));
    },
  );
});
