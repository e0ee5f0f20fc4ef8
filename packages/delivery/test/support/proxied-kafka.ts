import {
  startKafkaCluster,
  type KafkaCluster,
  type KafkaClusterOptions,
} from '../../../../tools/dev-servers/kafka-cluster.js';
import { startKafkaProxy, type KafkaProxy } from './kafka-proxy.js';
import type { Target } from './tcp-proxy.js';

export interface ProxiedKafka {
  readonly cluster: KafkaCluster;
  /** One a broker, in the order of `cluster.nodes`. */
  readonly proxies: KafkaProxy[];
  /** Bootstrap list through the proxies; whoever starts there meets only proxies. */
  readonly brokers: string[];
  /** Bootstrap list past the proxies; whoever starts there never meets one. */
  readonly directBrokers: string[];
  stop(): Promise<void>;
}

/** A Kafka with a proxy between the clients and each broker; between themselves the brokers talk directly. */
export async function startProxiedKafka(
  options: Omit<KafkaClusterOptions, 'advertised'>,
): Promise<ProxiedKafka> {
  let cluster: KafkaCluster | undefined;
  const targetOf = (index: number) => (): Target | undefined => {
    const port = cluster?.nodes[index]?.proxiedPort;
    return port === undefined ? undefined : { host: '127.0.0.1', port };
  };
  const proxies: KafkaProxy[] = [];
  const closeProxies = async (): Promise<void> => {
    await Promise.all(proxies.map((proxy) => proxy.close()));
  };
  try {
    for (let index = 0; index < options.brokers; index++)
      proxies.push(await startKafkaProxy(targetOf(index)));
    const addresses = proxies.map(({ port }) => ({ host: '127.0.0.1', port }));
    cluster = await startKafkaCluster({
      ...options,
      advertised: (nodeId) => addresses[nodeId - 1] ?? { host: '127.0.0.1', port: 0 },
    });
  } catch (error) {
    await closeProxies();
    throw error;
  }
  const started = cluster;
  return {
    cluster: started,
    proxies,
    brokers: proxies.map(({ port }) => `127.0.0.1:${port}`),
    directBrokers: started.brokers,
    stop: async () => {
      await closeProxies();
      await started.stop();
    },
  };
}
