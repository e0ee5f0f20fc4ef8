import { DeliveryEngine } from '../../src/engine/delivery-engine.js';
import { ModelHandler } from './model-handler.js';
import { ModelMembership } from './model-membership.js';
import { ReplicaProcess } from './replica-process.js';
import { WatchedHandler } from './watched-handler.js';
import { WatchedMember } from './watched-member.js';
import type { World } from './world.js';

interface Running {
  readonly process: ReplicaProcess;
  readonly engine: DeliveryEngine;
  stopping: boolean;
  startsAgain: boolean;
}

/** A replica by its name, whose processes come and go. */
export class ModelReplica {
  private running: Running | undefined;
  private readonly started: Running[] = [];
  private pausedByOperator = false;
  private hasTwins = false;

  constructor(
    readonly id: string,
    private readonly world: World,
  ) {}

  get isUp(): boolean {
    return this.running !== undefined;
  }

  /** Records of one of its processes wait for a dependency. */
  get isSuspended(): boolean {
    return this.started.some(({ process, engine }) => process.runs && engine.circuitBreaker.isOpen);
  }

  /** A process that is stopping has to end first. */
  start(): void {
    if (this.running?.stopping === true) this.running.startsAgain = true;
    if (this.running !== undefined) return;
    this.world.note(`${this.id} starts`);
    const { scheduler, conditions, random } = this.world;
    const network = random.fork();
    const process = new ReplicaProcess(scheduler, () => network.int(1, conditions.latencyMs));
    process.hasTwin = this.hasTwins;
    const running = { process, engine: this.engineIn(process), stopping: false, startsAgain: false };
    this.running = running;
    this.started.push(running);
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
    if (running === undefined) return;
    running.startsAgain = false;
    if (running.stopping) return;
    this.world.note(`${this.id} stops`);
    running.stopping = true;
    const { process, engine } = running;
    process.run(() => {
      engine.stop(this.world.settings.stopDeadlineMs).then(
        () => {
          this.ended(process);
        },
        (error: unknown) => {
          this.world.unexpected(error);
        },
      );
    });
  }

  /** Now, or with its next request. Returns what wakes the process up. */
  freeze(): () => void {
    const process = this.running?.process;
    if (this.world.random.chance(0.5)) process?.freeze();
    else process?.freezeAtRequest();
    return () => {
      process?.thaw();
    };
  }

  /** Another process starts under its name, and knows nothing of the one that runs. */
  replace(): void {
    this.hasTwins = true;
    if (this.running !== undefined) this.running.process.hasTwin = true;
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

  private ended(process: ReplicaProcess): void {
    process.end();
    const { running } = this;
    if (running?.process !== process) return;
    this.running = undefined;
    this.world.note(`${this.id} ended`);
    // a failed one is started again by its supervisor
    if (running.startsAgain || !running.stopping) this.start();
  }

  private engineIn(process: ReplicaProcess): DeliveryEngine {
    const { world } = this;
    const { settings, coordinator, log, conditions, random } = world;
    const clock = { now: () => world.date() };
    const handler = new ModelHandler(
      process,
      world.dependency.clientOf(process),
      world.store.clientOf(process),
      world.deadLetters.clientOf(process),
      settings.retries,
      random.fork().next,
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
      new WatchedHandler(handler, { process, memberId }, world.watch),
      settings.delivery,
      {
        timers: process,
        clock,
        logger: world.loggerOf(this.id),
        onFailure: () => {
          this.ended(process);
        },
      },
    );
  }
}
