import { startKafkaCluster, type KafkaCluster } from '../../tools/dev-servers/kafka-cluster.js';
import { PrometheusServer } from '../../tools/dev-servers/prometheus-server.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { FulfilmentServer, REPAIRABLE } from './fulfilment-server.js';
import { Installation } from './installation.js';
import { ALERTS_FILE } from './observability.js';

/** A running installation that a real Prometheus scrapes, and everything that its dashboard and its alerts tell of. */
export class EventfulService {
  private constructor(
    private readonly kafka: KafkaCluster,
    private readonly fulfilment: FulfilmentServer,
    private readonly service: Installation,
    readonly prometheus: PrometheusServer,
  ) {}

  static async start(databaseUrl: string): Promise<EventfulService> {
    const [kafka, fulfilment] = await Promise.all([
      startKafkaCluster({ brokers: 1 }),
      FulfilmentServer.start({ min: 1, max: 20 }),
    ]);
    const environment = {
      FULFILMENT_URL: fulfilment.url,
      OPERATIONS_API: 'on',
      CONSUMER_MAX_PENDING_RECORDS: '10',
      RETRY_MAX_ATTEMPTS: '15',
      RETRY_MAX_MS: '1000',
    };
    const service = await Installation.start({ brokers: kafka.brokers, databaseUrl, environment }, 2);
    await service.settled();
    const targets = (...processes: Installation['consumers']) =>
      processes.map((each) => service.addressOf(each));
    const prometheus = await PrometheusServer.start({
      // an API without its broker takes a second to say so
      global: { scrape_interval: '2s', scrape_timeout: '2s', evaluation_interval: '1s' },
      rule_files: [ALERTS_FILE],
      scrape_configs: [
        {
          job_name: 'order-service',
          static_configs: [
            { targets: targets(service.api), labels: { role: 'api' } },
            { targets: targets(...service.consumers), labels: { role: 'consumer' } },
          ],
        },
      ],
    });
    const eventful = new EventfulService(kafka, fulfilment, service, prometheus);
    await eventful.sees('sum(up) == 3');
    return eventful;
  }

  /** Waits until the query has a sample. */
  sees(query: string): Promise<unknown> {
    const probe = async () => (await this.prometheus.query(query)).length > 0;
    return waitFor(query, probe, { deadlineMs: 60_000, intervalMs: 200 });
  }

  async makeEverythingHappen(): Promise<void> {
    await this.orders();
    await this.slowOrder();
    await this.deadLetters();
    await this.outageOfFulfilment();
    await this.rebalance();
    await this.frozenBroker();
    await this.blockedEventLoop();
    await this.killedConsumers();
  }

  async stop(): Promise<void> {
    await Promise.all([this.prometheus.stop(), this.service.stop()]);
    await Promise.all([this.kafka.stop(), this.fulfilment.stop()]);
  }

  /** Of every outcome. */
  private async orders(): Promise<void> {
    const [first = ''] = await this.service.send(100);
    await this.service.allProcessed([first]);
    await this.service.post({ orderId: first, product: 'Espresso machine' });
    await this.service.post({ orderId: first, product: 'another' });
    for (let number = 1; number <= 3; number++) {
      await this.service.post({ orderId: `rejected-${number}`, product: 'reject' });
      await this.service.post({ orderId: `failing-${number}`, product: 'fail' });
    }
    await this.service.post({});
    await this.sees('sum(orders_completed_total{outcome="already_processed"}) > 0');
  }

  /** Long enough for a scrape. */
  private async slowOrder(): Promise<void> {
    await this.fulfilment.begin('hangs');
    await this.service.send(1);
    await this.sees('sum(delivery_records_in_flight) > 0');
    await this.fulfilment.recover();
  }

  private async deadLetters(): Promise<void> {
    await this.sees('sum(max by (reason) (orders_dead_letters_unresolved)) == 4');
    await this.resolve('Redrive');
    await this.sees('sum(orders_redriven_total) > 0');
    await this.sees('sum(orders_dead_lettered_total) == 8');
    await this.resolve('Discard');
    await this.sees('sum(orders_discarded_total) > 0');
  }

  private async outageOfFulfilment(): Promise<void> {
    await this.fulfilment.begin('refuses');
    await this.service.send(200);
    await this.sees('max(delivery_circuit_breaker_open) == 1');
    await this.sees('sum(delivery_partition_paused{reason="pending_records"}) > 0');
    await this.sees('max(delivery_consumer_lag_seconds) > 5');
    await this.fulfilment.recover();
    await this.sees('sum(max by (partition) (delivery_consumer_lag_records)) == 0');
  }

  /** While orders are retried: then they are redelivered. With five of them it would look like an outage. */
  private async rebalance(): Promise<void> {
    const ids = ['repairable-1', 'repairable-2', 'repairable-3', 'repairable-4'];
    for (const orderId of ids) await this.service.post({ orderId, product: REPAIRABLE });
    await this.sees('sum(increase(orders_retries_total[5s])) > 0');
    await this.service.addConsumer('consumer-3');
    await this.sees('sum(delivery_redeliveries_total) > 0');
    for (const id of ids) this.fulfilment.repaired.add(id);
    await this.service.settled();
  }

  /** What is sent meanwhile waits, then its outcome is unknown; what was completed can't be committed. */
  private async frozenBroker(): Promise<void> {
    const [broker] = this.kafka.nodes;
    await this.service.send(50);
    broker?.freeze();
    const sending = this.service.send(200);
    await this.sees('sum(publisher_queue_messages) > 0');
    await this.sees('sum(publisher_unknown_outcomes_total) > 0');
    await this.sees('sum(delivery_commit_failures_total) > 0');
    broker?.thaw();
    await sending;
    await this.service.settled();
  }

  private async blockedEventLoop(): Promise<void> {
    const [consumer] = this.service.consumers;
    if (consumer === undefined) throw new Error('there is no consumer');
    const instance = this.service.addressOf(consumer);
    consumer.signal('SIGSTOP');
    await this.sees(`sum_over_time((1 - up{instance="${instance}"})[6s:1s]) >= 3`);
    consumer.signal('SIGCONT');
    await this.sees(`nodejs_eventloop_blocked_seconds_total{instance="${instance}"} > 1`);
  }

  private async killedConsumers(): Promise<void> {
    for (const consumer of this.service.consumers) consumer.signal('SIGKILL');
    await this.sees('sum(up) == 1');
    await this.service.send(20);
    await this.sees('sum(delivery_consumer_lag_records) > 10');
  }

  private async resolve(what: 'Redrive' | 'Discard'): Promise<void> {
    const headers = { 'Content-Type': 'application/json' };
    const init = { method: 'POST', headers, body: '{"all":true}' };
    const response = await fetch(`${this.service.url}/api/DeadLetter/${what}`, init);
    if (!response.ok) throw new Error(await response.text());
  }
}
