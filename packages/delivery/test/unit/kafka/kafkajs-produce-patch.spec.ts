import { expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../../..', import.meta.url));

/** In a process of its own, as jest keeps modules in another way than Node. */
const PROGRAM = `
  import { createRequire } from 'node:module';
  import Module from 'node:module';
  import { silentLogger } from './packages/delivery/src/contract/silent-logger.js';
  import { createKafkaClient } from './packages/delivery/src/kafka/kafka-client.js';
  import { batchMessage } from './packages/delivery/src/kafka/kafkajs-produce-patch.js';

  const require = createRequire(import.meta.url);
  require('kafkajs/src/protocol/requests/produce').protocol({ version: 7 });
  const kept = new Map();
  const load = Module.prototype.require;
  Module.prototype.require = function (id) {
    const key = Module._resolveFilename(id, this);
    if (!kept.has(key)) kept.set(key, load.call(this, id));
    return kept.get(key);
  };
  createKafkaClient({ brokers: ['127.0.0.1:1'], clientId: 'test', requestTimeoutMs: 1_000 }, silentLogger);
  const { sentRequest } = await import('./packages/delivery/test/support/sent-request.ts');
  const messages = [batchMessage(0, [{ key: 'a', value: Buffer.from('b'), headers: {} }], 0)];
  const topicData = [{ topic: 't', partitions: [{ partition: 0, messages }] }];
  const sent = await sentRequest({ acks: -1, timeout: 1, producerId: '0', producerEpoch: 0, topicData });
  sent.encode().then(() => console.log('a batch'), (error) => console.log(error.message));
`;

it('makes requests of batches, though another client was there before, and a monitoring agent keeps what was loaded', () => {
  const args = ['--import', 'tsx', '--input-type=module', '--eval', PROGRAM];
  const output = execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });

  expect(output).toBe('a batch\n');
});
