import { failureText, type Feed } from '@order-service/delivery';
import type { Logger } from '../../application/ports/logger.js';
import {
  ReplicasUnreachable,
  type ReplicaCommand,
  type ReplicaCommands,
} from '../../application/ports/replica-commands.js';
import { decodeCommand, encodeCommand, type ReplicaGroup } from './replica-report-json.js';

/** On a feed of its own, whose keys are replicas: each of them reads it, and would have to read all reports. */
export class DeliveryReplicaCommands implements ReplicaCommands {
  constructor(
    private readonly feed: Feed,
    private readonly group: ReplicaGroup,
    private readonly logger: Logger,
  ) {}

  async ask(command: ReplicaCommand): Promise<void> {
    const appended = await this.feed.append(command.replica, encodeCommand(command, this.group));
    if (!appended) throw new ReplicasUnreachable('the brokers did not take the command');
  }

  listen(replica: string, listener: (command: ReplicaCommand) => void): () => void {
    return this.feed.follow(({ key, value }) => {
      if (key !== replica) return;
      const command = this.decode(value);
      if (command?.replica === replica) listener(command);
    });
  }

  private decode(value: Uint8Array): ReplicaCommand | undefined {
    try {
      return decodeCommand(value, this.group);
    } catch (error) {
      const reason = failureText(error).slice(0, 500);
      this.logger.debug('what is no command for a replica was left out', { reason });
      return undefined;
    }
  }
}
