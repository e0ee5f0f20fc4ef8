import type { Logger } from '../../application/ports/logger.js';
import type { ReplicaAction, ReplicaCommands } from '../../application/ports/replica-commands.js';

/** What a replica does when it is asked; without the last two where it may not be ended by whoever asks. */
export interface ObedientReplica {
  readonly replica: string;
  pause(): void;
  resume(): void;
  stop?(): void;
  kill?(): void;
}

const OBEYED = {
  pause: 'replica paused by its operator',
  resume: 'replica resumed by its operator',
  stop: 'replica stopped by its operator',
  kill: 'replica killed by its operator',
} as const satisfies Record<ReplicaAction, string>;

/** Has a replica do as it is asked, and logs who asked. Returns what ends that. */
export function obeyCommands(
  replica: ObedientReplica,
  commands: Pick<ReplicaCommands, 'listen'>,
  logger: Logger,
): () => void {
  return commands.listen(replica.replica, ({ action, askedBy, askedAt, correlationId }) => {
    const asked = { askedBy, askedAt: new Date(askedAt).toISOString(), correlationId };
    if (replica[action] === undefined) {
      logger.warn('the replica does not end for whoever asks', { action, ...asked });
      return;
    }
    logger.warn(OBEYED[action], asked);
    replica[action]();
  });
}
