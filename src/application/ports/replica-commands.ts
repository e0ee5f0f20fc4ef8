export type ReplicaAction = (typeof REPLICA_ACTIONS)[number];
/**
 * `stop`: it finishes what it has in flight, and leaves the group. `kill`: it ends as it is, and what it has in flight is
 * redelivered to another.
 */
export const REPLICA_ACTIONS = ['pause', 'resume', 'stop', 'kill'] as const;

/** What a replica is to do, and who asked. */
export interface ReplicaCommand {
  readonly replica: string;
  readonly action: ReplicaAction;
  /** The name that the client has proven, what it says of itself, and its address. */
  readonly askedBy: string;
  /** In ms since the epoch. */
  readonly askedAt: number;
  readonly correlationId: string;
}

/** Carries commands from an API to the replica of that name, wherever it runs. */
export interface ReplicaCommands {
  /** Resolves when the command is on its way. @throws ReplicasUnreachable */
  ask(command: ReplicaCommand): Promise<void>;
  /** Tells `listener` each command for `replica` from now on. Returns what ends that. */
  listen(replica: string, listener: (command: ReplicaCommand) => void): () => void;
}

/** The command was not taken, as far as is known. Asking again is safe. */
export class ReplicasUnreachable extends Error {
  override readonly name = 'ReplicasUnreachable';
}
