import { PAUSE_REASONS, type Messaging, type PartitionState } from '@order-service/delivery';
import type { Instruments, Sample } from './instruments.js';

/** A replica as it is at a moment. */
export interface ObservedReplica {
  readonly replica: string;
  readonly isCircuitBreakerOpen: boolean;
  partitionStates(): readonly PartitionState[];
}

/** What the replicas of this process have at a moment. */
export function watchReplicas(instruments: Instruments, replicas: () => readonly ObservedReplica[]): void {
  const ofReplicas = (name: string, description: string, value: (replica: ObservedReplica) => number) => {
    instruments.gauge(name, '', description, () =>
      replicas().map((each) => ({ attributes: { replica: each.replica }, value: value(each) })),
    );
  };
  const ofPartitions = (name: string, description: string, samples: (state: PartitionState) => Sample[]) => {
    instruments.gauge(name, '', description, () =>
      replicas().flatMap((each) =>
        each.partitionStates().flatMap((state) =>
          samples(state).map(({ attributes, value }) => ({
            attributes: { replica: each.replica, partition: state.partition, ...attributes },
            value,
          })),
        ),
      ),
    );
  };
  const plain = (value: number): Sample[] => [{ attributes: {}, value }];

  ofReplicas(
    'delivery.partitions_assigned',
    'Partitions that a replica has.',
    (each) => each.partitionStates().length,
  );
  ofReplicas(
    'delivery.circuit_breaker_open',
    '1 while a dependency of the replica is unavailable.',
    ({ isCircuitBreakerOpen }) => Number(isCircuitBreakerOpen),
  );
  ofPartitions('delivery.records_pending', 'Records that were read and are not completed.', ({ pending }) =>
    plain(pending),
  );
  ofPartitions('delivery.records_in_flight', 'Records whose attempt goes on.', ({ inFlight }) =>
    plain(inFlight),
  );
  ofPartitions(
    'delivery.partition_paused',
    '1 for the reason why a partition is not read on.',
    ({ paused }) =>
      PAUSE_REASONS.map((reason) => ({
        attributes: { reason: reason.replace('-', '_') },
        value: Number(reason === paused),
      })),
  );
}

const LAG_SECONDS = 'The age of the oldest record that is not completed.';

/** Of the partitions of this process alone, by what its replicas know. */
export function watchOwnLag(instruments: Instruments, replicas: () => readonly ObservedReplica[]): void {
  instruments.gauge('delivery.consumer_lag', 's', LAG_SECONDS, () =>
    replicas()
      .flatMap((each) => each.partitionStates())
      .map((state) => age(state)),
  );
}

/** Of all partitions, by what the group has committed, whoever its members are. */
export function watchGroupLag(
  instruments: Instruments,
  messaging: Pick<Messaging, 'lag'>,
  groupId: string,
): void {
  let asking: ReturnType<Messaging['lag']> | undefined;
  const lag = () =>
    (asking ??= messaging.lag(groupId).finally(() => {
      asking = undefined;
    }));
  const description = 'Records from the low-water mark to the end of the partition.';
  instruments.gauge('delivery.consumer_lag_records', '', description, async () =>
    (await lag()).map(({ partition, records }) => ({ attributes: { partition }, value: records })),
  );
  instruments.gauge('delivery.consumer_lag', 's', LAG_SECONDS, async () =>
    (await lag()).map((each) => age(each)),
  );
}

function age({ partition, oldestAt }: { partition: number; oldestAt: number | undefined }): Sample {
  const value = oldestAt === undefined ? 0 : Math.max(0, Date.now() - oldestAt) / 1_000;
  return { attributes: { partition }, value };
}

/** What waits to be published. */
export function watchPublisher(instruments: Instruments, { publisher }: Pick<Messaging, 'publisher'>): void {
  const sample = (value: number): Sample[] => [{ attributes: {}, value }];
  instruments.gauge('publisher.queue_messages', '', 'Messages that wait to be published.', () =>
    sample(publisher.queued.messages),
  );
  instruments.gauge('publisher.queue', 'By', 'The same in bytes.', () => sample(publisher.queued.bytes));
}
