import type { DeadLetters } from '../../src/application/ports/dead-letters.js';
import { ParkOrder } from '../../src/application/park-order.js';
import { ProcessOrder } from '../../src/application/process-order.js';
import { DeliveryEngine } from '../../src/interfaces/messaging/delivery/delivery-engine.js';
import { OrderMessageHandler } from '../../src/interfaces/messaging/order-message-handler.js';
import { ModelMembership } from './model-membership.js';
import { ReplicaProcess } from './replica-process.js';
import { WatchedHandler } from './watched-handler.js';
import { WatchedMember } from './watched-member.js';
import type { World } from './world.js';

interface Running {
  readonly process: ReplicaProcess;
  readonly engine: DeliveryEngine;
  stopping: boolean;
}

/** A replica by its name, whose processes come and go. */
export class ModelReplica {
  private running: Running | undefined;
  private pausedByOperator = false;
  private startWhenStopped = false;

  constructor(
    readonly id: string,
    private readonly world: World,
  ) {}

  get isUp(): boolean {
    return this.running !== undefined;
  }

  start(): void {
    if (this.running?.stopping === true) this.startWhenStopped = true;
    if (this.running !== undefined) return;
    this.world.note(`${this.id} starts`);
    const { scheduler, conditions, random } = this.world;
    const network = random.fork();
    const process = new ReplicaProcess(scheduler, () => network.int(1, conditions.latencyMs));
    const running = { process, engine: this.engineIn(process), stopping: false };
    this.running = running;
    if (this.pausedByOperator) running.engine.pause();
    running.engine.start().catch((error: unknown) => {
      this.world.unexpected(error);
    });
  }

  /** Without a goodbye. */
  crash(): void {
    if (this.running === undefined) return;
    this.world.note(`${this.id} crashes`);
    this.running.process.end();
    this.running = undefined;
  }

  stop(): void {
    const { running } = this;
    if (running === undefined || running.stopping) return;
    this.world.note(`${this.id} stops`);
    running.stopping = true;
    running.process.run(() => {
      running.engine.stop(this.world.settings.stopDeadlineMs).then(
        () => {
          this.ended(running.process);
        },
        (error: unknown) => {
          this.world.unexpected(error);
        },
      );
    });
  }

  /** Answers what wakes up the process that is frozen now. */
  freeze(): () => void {
    const process = this.running?.process;
    process?.freeze();
    return () => {
      process?.thaw();
    };
  }

  /** Another process starts under its name, and knows nothing of the one that runs. */
  replace(): void {
    if (this.running !== undefined) this.running.process.isReplaced = true;
    this.running = undefined;
    this.start();
  }

  pause(): void {
    this.pausedByOperator = true;
    this.tell((engine) => {
      engine.pause();
    });
  }

  resume(): void {
    this.pausedByOperator = false;
    this.tell((engine) => {
      engine.resume();
    });
  }

  private tell(what: (engine: DeliveryEngine) => void): void {
    const { running } = this;
    running?.process.run(() => {
      what(running.engine);
    });
  }

  private get isStopping(): boolean {
    return this.running?.stopping ?? false;
  }

  private ended(process: ReplicaProcess, startAgain = this.startWhenStopped): void {
    process.end();
    if (this.running?.process !== process) return;
    this.running = undefined;
    this.world.note(`${this.id} ended`);
    this.startWhenStopped = false;
    if (startAgain) this.start();
  }

  private engineIn(process: ReplicaProcess): DeliveryEngine {
    const { world } = this;
    const { settings, coordinator, log, conditions, random } = world;
    const clock = { now: () => world.date() };
    const store = world.store.repositoryOf(process);
    const logger = world.loggerOf(this.id);
    const letters = world.letters.clientOf(process) as DeadLetters;
    const handler = new OrderMessageHandler(
      { replica: this.id, consumerGroup: 'group', retryPolicy: settings.retries, random: random.fork().next },
      new ProcessOrder(store, world.fulfilment.clientOf(process), clock),
      new ParkOrder(store),
      letters,
      logger,
    );
    const memberId = world.nextMemberId();
    return new DeliveryEngine(
      this.id,
      {
        membership: (member) =>
          new ModelMembership(memberId, coordinator, settings.group, {
            member: new WatchedMember(member, world.watch),
            process,
            log,
            fetchLimit: settings.fetchLimit,
            conditions,
            random: random.fork(),
          }),
      },
      new WatchedHandler(handler, process, world.watch),
      settings.delivery,
      {
        timers: process,
        clock,
        logger,
        // as its supervisor would
        onFailure: () => {
          this.ended(process, !this.isStopping);
        },
      },
    );
  }
}
