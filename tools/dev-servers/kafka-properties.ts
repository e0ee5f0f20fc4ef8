export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface NodePorts {
  /** The client listener's. */
  readonly client: number;
  readonly controller: number;
  /** The second client listener's, when there is one. */
  readonly proxied?: number;
}

export interface NodeProperties {
  readonly id: number;
  readonly logDir: string;
  readonly ports: ReadonlyMap<number, NodePorts>;
  /** What the second listener advertises; the listener exists when this is given. */
  readonly advertised?: Address;
  /** Set last, so that they win. */
  readonly overrides: Readonly<Record<string, string>>;
}

/** The server.properties of one combined broker and controller of a KRaft cluster on 127.0.0.1. */
export function nodeProperties({ id, logDir, ports, advertised, overrides }: NodeProperties): string {
  const own = ports.get(id);
  if (own === undefined) throw new Error(`No ports for node ${id}`);
  const plaintext = `PLAINTEXT://127.0.0.1:${own.client}`;
  const proxied = advertised && {
    listener: `,PROXIED://127.0.0.1:${own.proxied}`,
    advertised: `,PROXIED://${advertised.host}:${advertised.port}`,
  };
  const internalReplicas = String(Math.min(3, ports.size));
  const internalMinIsr = ports.size < 3 ? '1' : '2';
  const properties: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': String(id),
    'controller.quorum.voters': [...ports]
      .map(([node, { controller }]) => `${node}@127.0.0.1:${controller}`)
      .join(','),
    listeners: `${plaintext},CONTROLLER://127.0.0.1:${own.controller}${proxied?.listener ?? ''}`,
    'advertised.listeners': `${plaintext}${proxied?.advertised ?? ''}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT',
    'log.dirs': logDir,
    'auto.create.topics.enable': 'false',
    'group.initial.rebalance.delay.ms': '0',
    'offsets.topic.num.partitions': '5',
    'offsets.topic.replication.factor': internalReplicas,
    'transaction.state.log.replication.factor': internalReplicas,
    'transaction.state.log.min.isr': internalMinIsr,
    'share.coordinator.state.topic.replication.factor': internalReplicas,
    'share.coordinator.state.topic.min.isr': internalMinIsr,
    // The default, 128 MB, is taken from the heap at the start.
    'log.cleaner.dedupe.buffer.size': String(16 * 1024 * 1024),
    ...overrides,
  };
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

/** Warnings and errors only, to standard output. */
export const QUIET_LOG4J = `<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="WARN">
  <Appenders>
    <Console name="stdout" target="SYSTEM_OUT"><PatternLayout pattern="%d{ISO8601} %p %c{1} %m%n"/></Console>
  </Appenders>
  <Loggers><Root level="WARN"><AppenderRef ref="stdout"/></Root></Loggers>
</Configuration>
`;
