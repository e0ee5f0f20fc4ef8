import { expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../../..', import.meta.url));

/** In a process of its own, as jest keeps modules in another way than Node. */
const PROGRAM = `
  import { createRequire } from 'node:module';
  import { silentLogger } from './packages/delivery/src/contract/silent-logger.js';
  import { createKafkaClient } from './packages/delivery/src/kafka/kafka-client.js';
  import { batchMessage } from './packages/delivery/src/kafka/kafkajs-produce-patch.js';

  const require = createRequire(import.meta.url);
  const { protocol } = require('kafkajs/src/protocol/requests/produce');
  const messages = [batchMessage(0, [{ key: 'a', value: Buffer.from('b'), headers: {} }], 0)];
  const topicData = [{ topic: 't', partitions: [{ partition: 0, messages }] }];
  const make = () =>
    protocol({ version: 7 })({ acks: -1, timeout: 1, producerId: '0', producerEpoch: 0, topicData }).request;
  make();
  createKafkaClient({ brokers: ['127.0.0.1:1'], clientId: 'test', requestTimeoutMs: 1_000 }, silentLogger);
  make().encode().then(() => console.log('a batch'), (error) => console.log(error.message));
`;

it('makes requests of batches, though another client of the process has loaded those of kafkajs before', () => {
  const args = ['--import', 'tsx', '--input-type=module', '--eval', PROGRAM];
  const output = execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });

  expect(output).toBe('a batch\n');
});
