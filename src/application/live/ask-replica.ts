import type { Clock } from '../ports/clock.js';
import type { ReplicaAction, ReplicaCommands } from '../ports/replica-commands.js';
import type { LivePicture } from './live-picture.js';

export interface AskReplicaCommand {
  readonly replica: string;
  readonly action: ReplicaAction;
  readonly askedBy: string;
  readonly correlationId: string;
}

/** No replica of that name reports now. */
export class UnknownReplica extends Error {
  override readonly name = 'UnknownReplica';

  constructor(readonly replica: string) {
    super(`no replica '${replica}' reports now`);
  }
}

/** Asks a replica for something, wherever it runs. */
export class AskReplica {
  constructor(
    private readonly picture: Pick<LivePicture, 'isAlive'>,
    private readonly commands: Pick<ReplicaCommands, 'ask'>,
    private readonly clock: Clock,
  ) {}

  /** @throws UnknownReplica, ReplicasUnreachable */
  async execute(command: AskReplicaCommand): Promise<void> {
    if (!this.picture.isAlive(command.replica)) throw new UnknownReplica(command.replica);
    await this.commands.ask({ ...command, askedAt: this.clock.now().getTime() });
  }
}
