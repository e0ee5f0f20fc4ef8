import type { Logger } from '../ports/logger.js';
import type { ReplicaStarter } from '../ports/replica-starter.js';

export interface StartReplicaCommand {
  readonly askedBy: string;
  readonly correlationId: string;
}

/** Starts one replica more. */
export class StartReplica {
  constructor(
    private readonly starter: ReplicaStarter,
    private readonly logger: Logger,
  ) {}

  /** Returns its name. @throws TooManyReplicas */
  async execute(command: StartReplicaCommand): Promise<string> {
    const replica = await this.starter.start();
    this.logger.warn('replica started by its operator', { replica, ...command });
    return replica;
  }
}
