import { createRequire } from 'node:module';
import { PartitionAssigners, type PartitionAssigner } from 'kafkajs';

/** What a consumer is told and asked that kafkajs has no hook for. */
export interface GroupHooks {
  /** Names the member over its restarts (`group.instance.id`). */
  readonly instanceId: string;
  /** Whether the member leaves for good. Only then the group is told. */
  readonly isLeaving: boolean;
  /** Before every join and re-join, while the broker still takes commits of the old generation. Never rejects. */
  beforeJoin(): Promise<void>;
  /** After it, before anything is fetched; `heartbeat` sends one at once, until the next join. Never rejects. */
  afterJoin(
    assigned: readonly { topic: string; partitions: number[] }[],
    heartbeat: () => Promise<void>,
  ): Promise<void>;
  /** The group counts the member in: it answered a heartbeat, or the end of a join, that was sent at this `performance.now()`. */
  answered(sentAt: number): void;
  /** Whether this position may be committed now; asked at each try. */
  mayCommit(partition: number, position: bigint): boolean;
  /**
   * The log has nothing at `position`, where the partition was to be read on. Seeks to where it is, or answers
   * `join-again`, to begin anew at what was committed. A rejection is tried again.
   */
  outOfRange(partition: number, position: bigint): Promise<'read-on' | 'join-again'>;
}

interface Commit {
  topics: { topic: string; partitions: { partition: number; offset: { toString(): string } | string }[] }[];
}

interface OutOfRange {
  readonly topic: string;
  readonly partition: number;
}

interface ConsumerGroup {
  readonly cluster: Cluster;
  joinAndSync: (this: ConsumerGroup) => Promise<void>;
  commitOffsets: (this: ConsumerGroup, commit: Commit) => Promise<void>;
  leave: (this: ConsumerGroup) => Promise<void>;
  recoverFromOffsetOutOfRange: (this: ConsumerGroup, error: OutOfRange) => Promise<void>;
  heartbeat: (this: ConsumerGroup, options: { interval: number }) => Promise<void>;
  lastRequest: number;
  fetch(nodeId: string): Promise<unknown[]>;
  offsetManager: { nextOffset(topic: string, partition: number): { toString(): string } };
  assigned(): { topic: string; partitions: number[] }[];
}

/** A consumer has one of its own, and it has brokers of its own. */
interface Cluster {
  findGroupCoordinator: (this: Cluster, group: object) => Promise<Broker>;
}

type MemberRequest = (this: Broker, request: object) => Promise<unknown>;

interface Broker {
  joinGroup: MemberRequest;
  syncGroup: MemberRequest;
  heartbeat: MemberRequest;
  lookupRequest: (...definition: unknown[]) => (fields: object) => unknown;
}

const require = createRequire(import.meta.url);
const { prototype: consumerGroup } = require('kafkajs/src/consumer/consumerGroup') as {
  prototype: ConsumerGroup;
};
const { prototype: broker } = require('kafkajs/src/broker') as { prototype: Broker };
const { prototype: cluster } = require('kafkajs/src/cluster') as { prototype: Cluster };

/** What is replaced; kafkajs is pinned, and a test asserts that it is all there. */
export const patchedGroupMethods = { consumerGroup, broker, cluster };

const hooksOfCluster = new WeakMap<object, GroupHooks>();
const hooksOfCoordinator = new WeakMap<Broker, GroupHooks>();
const joins = new WeakMap<ConsumerGroup, Promise<void>>();
/** From the beginning of a join until one has succeeded. */
const unjoined = new WeakSet<ConsumerGroup>();

/**
 * Assigns as kafkajs does by default, and gives these hooks to the consumer that is made with it: an assigner is the one
 * part that a consumer lets be made for it, and is shown what the consumer's requests go through.
 */
export function withGroupHooks(hooks: GroupHooks): PartitionAssigner {
  return (config) => {
    hooksOfCluster.set(config.cluster, hooks);
    return PartitionAssigners.roundRobin(config);
  };
}

/** How a consumer joins its group, stays in it, commits, and leaves. */
export function patchGroups(): void {
  knowCoordinators();
  drainBeforeJoin();
  joinUntilJoined();
  sendInstanceId();
  checkBeforeCommit();
  stayAfterCrash();
  stampSignsOfLife();
  keepPositionsOutOfRange();
}

/** A broker does not know for whom it is asked. */
function knowCoordinators(): void {
  const find = cluster.findGroupCoordinator;
  cluster.findGroupCoordinator = async function (group) {
    const coordinator = await find.call(this, group);
    const hooks = hooksOfCluster.get(this);
    if (hooks !== undefined) hooksOfCoordinator.set(coordinator, hooks);
    return coordinator;
  };
}

/** kafkajs re-joins by itself, from several fetch loops at once, while the work of the old assignment still runs. */
function drainBeforeJoin(): void {
  const joinAndSync = consumerGroup.joinAndSync;
  consumerGroup.joinAndSync = function () {
    const hooks = hooksOfCluster.get(this.cluster);
    if (hooks === undefined) return joinAndSync.call(this);
    const join = joins.get(this) ?? joinWith(hooks, this, joinAndSync).finally(() => joins.delete(this));
    joins.set(this, join);
    return join;
  };
}

async function joinWith(
  hooks: GroupHooks,
  group: ConsumerGroup,
  joinAndSync: ConsumerGroup['joinAndSync'],
): Promise<void> {
  unjoined.add(group);
  await hooks.beforeJoin();
  await joinAndSync.call(group);
  unjoined.delete(group);
  const heartbeat = () => {
    group.lastRequest = 0; // set back, the clock would let none be due for as long
    return group.heartbeat({ interval: 0 });
  };
  await hooks.afterJoin(group.assigned(), heartbeat);
}

/**
 * A join that fails half way, as when its connection is cut, is tried again by kafkajs only where a heartbeat says that
 * there is need. It sends none when it has no member id yet, and the coordinator may have nothing against one when the
 * assignment was not heard: such a member goes on for good without partitions, or with those it had.
 */
function joinUntilJoined(): void {
  const heartbeat = consumerGroup.heartbeat;
  consumerGroup.heartbeat = async function (options) {
    if (unjoined.has(this) && !joins.has(this)) {
      throw Object.assign(new Error('the last join failed'), {
        type: 'REBALANCE_IN_PROGRESS',
        retriable: true,
      });
    }
    await heartbeat.call(this, options);
  };
}

/**
 * kafkajs encodes a static member's id, but never passes one. With it a replica that was killed and comes back gets its
 * partitions at once, and the others don't notice.
 * @see https://cwiki.apache.org/confluence/display/KAFKA/KIP-345
 */
function sendInstanceId(): void {
  for (const name of ['joinGroup', 'syncGroup', 'heartbeat'] as const) {
    const send = broker[name];
    broker[name] = function (request) {
      const hooks = hooksOfCoordinator.get(this);
      return send.call(hooks === undefined ? this : asMember(this, hooks.instanceId), request);
    };
  }
}

/** The broker, for requests of a static member. */
function asMember(coordinator: Broker, groupInstanceId: string): Broker {
  const lookupRequest: Broker['lookupRequest'] = (...definition) => {
    const encode = coordinator.lookupRequest(...definition);
    return (fields) => encode({ ...fields, groupInstanceId });
  };
  return Object.assign(Object.create(coordinator) as Broker, { lookupRequest });
}

/** A commit is stamped with the generation of the moment and retried inside: one of before a rebalance can land after it. */
function checkBeforeCommit(): void {
  const commitOffsets = consumerGroup.commitOffsets;
  consumerGroup.commitOffsets = async function (commit) {
    const hooks = hooksOfCluster.get(this.cluster);
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
}

/**
 * kafkajs leaves the group at each crash that it mends by itself, as when a broker is away for some seconds: all others
 * rebalance, and again when it is back. A static member that stays gets its partitions back, and nobody notices.
 */
function stayAfterCrash(): void {
  const leave = consumerGroup.leave;
  consumerGroup.leave = async function () {
    if (hooksOfCluster.get(this.cluster)?.isLeaving !== false) await leave.call(this);
  };
}

/** kafkajs tells of a heartbeat when it is answered, not when it was sent: a frozen process hears old answers as new ones. */
function stampSignsOfLife(): void {
  for (const name of ['heartbeat', 'syncGroup'] as const) {
    const send = broker[name];
    broker[name] = async function (request) {
      const sentAt = performance.now();
      const answer = await send.call(this, request);
      hooksOfCoordinator.get(this)?.answered(sentAt);
      return answer;
    };
  }
}

/** Where retention overtook a reader, kafkajs commits "the earliest" over what the group had committed, and says nothing. */
function keepPositionsOutOfRange(): void {
  const recover = consumerGroup.recoverFromOffsetOutOfRange;
  consumerGroup.recoverFromOffsetOutOfRange = async function (error) {
    const hooks = hooksOfCluster.get(this.cluster);
    if (hooks === undefined) return recover.call(this, error);
    const { topic, partition } = error;
    const position = BigInt(this.offsetManager.nextOffset(topic, partition).toString());
    if ((await hooks.outOfRange(partition, position)) === 'join-again') await this.joinAndSync();
  };
}
