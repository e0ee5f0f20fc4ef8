import type { PartitionAssigner } from 'kafkajs';
import {
  patch,
  prototypes,
  withRequests,
  type Assignment,
  type Broker,
  type ConsumerGroup,
} from './kafkajs-internals.js';
import type { PartitionGrowth } from './partition-growth.js';

/** What a consumer is told and asked that kafkajs has no hook for. */
export interface GroupHooks {
  /** Names the member over its restarts (`group.instance.id`). */
  readonly instanceId: string;
  /** Whether the member leaves for good. Only then the group is told. */
  readonly isLeaving: boolean;
  readonly growth: PartitionGrowth;
  /** Before every join and re-join, while the broker still takes commits of the old generation. Never rejects. */
  beforeJoin(): Promise<void>;
  /** After it, before anything is fetched; `heartbeat` sends one at once, until the next join. Never rejects. */
  afterJoin(assigned: readonly Assignment[], heartbeat: () => Promise<void>): Promise<void>;
  /** The group counts the member in: it confirmed a heartbeat, or the end of a join, that was sent at this `performance.now()`. */
  confirmed(sentAt: number): void;
  /** Whether this position may be committed now; asked at each try. */
  mayCommit(partition: number, position: bigint): boolean;
  /**
   * The partition has nothing at `position`, where it was to be read on. Seeks to where it has, or asks for a `rejoin`,
   * to begin at the committed position again. A rejection is retried.
   */
  outOfRange(partition: number, position: bigint): Promise<'read-on' | 'rejoin'>;
}

const { broker, cluster, consumerGroup } = prototypes;
const hooksByCluster = new WeakMap<object, GroupHooks>();
const hooksByBroker = new WeakMap<Broker, GroupHooks>();
const joins = new WeakMap<ConsumerGroup, Promise<void>>();
/** From the beginning of a join until one has succeeded. */
const unjoined = new WeakSet<ConsumerGroup>();

/**
 * Gives these hooks to the consumer that is made with it: an assigner is the one part that a consumer lets be made for it,
 * and is shown what the consumer's requests go through.
 */
export function withGroupHooks(hooks: GroupHooks): PartitionAssigner {
  return (config) => {
    hooksByCluster.set(config.cluster, hooks);
    return hooks.growth.assigner(config);
  };
}

/** How a consumer joins its group, stays in it, commits, and leaves. Without hooks all is as in kafkajs. */
export function patchGroups(): void {
  rememberBrokers();
  drainBeforeJoin();
  joinUntilJoined();
  sendAsStaticMember();
  checkBeforeCommit();
  stayAfterCrash();
  keepPositionsOutOfRange();
}

/** A broker does not know which consumer asks. */
function rememberBrokers(): void {
  patch(cluster, 'findBroker', (find) => {
    return async function (node) {
      const found = await find.call(this, node);
      const hooks = hooksByCluster.get(this);
      if (hooks !== undefined) hooksByBroker.set(found, hooks);
      return found;
    };
  });
}

/** Of the consumer that asks this broker. */
export function hooksOf(asked: Broker): GroupHooks | undefined {
  return hooksByBroker.get(asked);
}

/** kafkajs re-joins by itself, from several fetch loops at once, while records of the old assignment are still in flight. */
function drainBeforeJoin(): void {
  patch(consumerGroup, 'joinAndSync', (joinAndSync) => {
    return function () {
      const hooks = hooksByCluster.get(this.cluster);
      if (hooks === undefined) return joinAndSync.call(this);
      const join = joins.get(this) ?? joinWith(hooks, this, joinAndSync).finally(() => joins.delete(this));
      joins.set(this, join);
      return join;
    };
  });
}

async function joinWith(
  hooks: GroupHooks,
  group: ConsumerGroup,
  joinAndSync: ConsumerGroup['joinAndSync'],
): Promise<void> {
  unjoined.add(group);
  await hooks.beforeJoin();
  await joinAndSync.call(group);
  const partitions = [...group.partitionsPerSubscribedTopic.values()].flat();
  if (hooks.growth.isMissed(partitions.length)) await joinAndSync.call(group);
  unjoined.delete(group);
  const heartbeat = () => {
    group.lastRequest = 0; // else a clock that was set back would let none be due
    return group.heartbeat({ interval: 0 });
  };
  await hooks.afterJoin(group.assigned(), heartbeat);
}

/**
 * kafkajs retries a join that fails half way, as when its connection is closed, only where a heartbeat is refused. It
 * sends none without a member id, and the coordinator may confirm one when only the assignment was lost: such a member
 * goes on for good without partitions, or with those it had.
 */
function joinUntilJoined(): void {
  patch(consumerGroup, 'heartbeat', (heartbeat) => {
    return async function (options) {
      if (unjoined.has(this) && !joins.has(this)) {
        throw Object.assign(new Error('the last join failed'), {
          type: 'REBALANCE_IN_PROGRESS',
          retriable: true,
        });
      }
      await heartbeat.call(this, options);
    };
  });
}

/**
 * kafkajs encodes a static member's id, but never passes one: with it a replica that was killed and restarts gets its
 * partitions at once. And it tells when a response was read, not when the request was sent: a process that was frozen
 * takes an old response for a new one.
 * @see https://cwiki.apache.org/confluence/display/KAFKA/KIP-345
 */
function sendAsStaticMember(): void {
  patch(broker, 'joinGroup', (send) => {
    return function (request) {
      return send.call(asMember(this), request);
    };
  });
  for (const name of ['syncGroup', 'heartbeat'] as const) {
    patch(broker, name, (send) => {
      return async function (request) {
        const sentAt = performance.now();
        const response = await send.call(asMember(this), request);
        const hooks = hooksOf(this);
        hooks?.confirmed(sentAt);
        if (response.memberAssignment !== undefined) hooks?.growth.received(response.memberAssignment);
        return response;
      };
    });
  }
}

/** The coordinator, for the requests of its member; the broker itself where it has none. */
function asMember(coordinator: Broker): Broker {
  const hooks = hooksOf(coordinator);
  if (hooks === undefined) return coordinator;
  return withRequests(
    coordinator,
    (encode) => (fields) => encode({ ...fields, groupInstanceId: hooks.instanceId }),
  );
}

/** A commit is sent under the generation of the moment and retried: one of before a rebalance can take effect after it. */
function checkBeforeCommit(): void {
  patch(consumerGroup, 'commitOffsets', (commitOffsets) => {
    return async function (commit) {
      const hooks = hooksByCluster.get(this.cluster);
      if (hooks === undefined) return commitOffsets.call(this, commit);
      const topics = commit.topics
        .map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.filter(({ partition, offset }) =>
            hooks.mayCommit(partition, BigInt(offset.toString())),
          ),
        }))
        .filter(({ partitions }) => partitions.length > 0);
      if (topics.length > 0) await commitOffsets.call(this, { topics });
    };
  });
}

/**
 * kafkajs leaves the group at each crash that it recovers from, as when a broker is unavailable for some seconds: all
 * others rebalance, and again when it is back. A static member that stays gets its partitions back, and nobody notices.
 */
function stayAfterCrash(): void {
  patch(consumerGroup, 'leave', (leave) => {
    return async function () {
      if (hooksByCluster.get(this.cluster)?.isLeaving !== false) await leave.call(this);
    };
  });
}

/** Where retention overtook a reader, kafkajs commits "the earliest" over what the group had committed, and says nothing. */
function keepPositionsOutOfRange(): void {
  patch(consumerGroup, 'recoverFromOffsetOutOfRange', (recover) => {
    return async function (error) {
      const hooks = hooksByCluster.get(this.cluster);
      if (hooks === undefined) return recover.call(this, error);
      const { topic, partition } = error;
      const position = BigInt(this.offsetManager.nextOffset(topic, partition).toString());
      if ((await hooks.outOfRange(partition, position)) === 'rejoin') await this.joinAndSync();
    };
  });
}
