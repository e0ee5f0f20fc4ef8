import { createRequire } from 'node:module';
import { prototypes, type Broker } from '../../src/kafka/kafkajs-internals.js';

export interface SentRequest {
  readonly apiVersion: number;
  encode(): Promise<{ buffer: Buffer }>;
}

const VERSION = 7;
const { protocol } = createRequire(import.meta.url)('kafkajs/src/protocol/requests/produce') as {
  protocol: (of: { version: number }) => (fields: object) => { request: SentRequest };
};
const [SEND_REQUEST = 'none'] = Object.getOwnPropertySymbols(prototypes.broker).filter(({ description }) =>
  description?.includes('sendRequest'),
);

/** What a broker of kafkajs sends when it is to produce this. */
export async function sentRequest(fields: object): Promise<SentRequest> {
  const sent: SentRequest[] = [];
  const broker = Object.assign(Object.create(prototypes.broker) as Broker, {
    lookupRequest: () => protocol({ version: VERSION }),
    [SEND_REQUEST]: ({ request }: { request: SentRequest }) => Promise.resolve(sent.push(request)),
  });
  await broker.produce(fields);
  if (sent[0] === undefined) throw new Error('nothing was sent');
  return sent[0];
}
