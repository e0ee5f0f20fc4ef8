import { randomUUID } from 'node:crypto';
import { TooManyReplicas, type ReplicaStarter } from '../../application/ports/replica-starter.js';

/** What a process says to the launcher that it is a child of. */
export interface StartRequest {
  readonly startReplica: string;
}

/** And what the launcher says then. */
export interface StartResponse {
  readonly startedReplica: string;
  /** Its name, or the limit that there is. */
  readonly result: string | number;
}

const WITHIN_MS = 5_000;

/** Has the launcher start a process, as `npm run local` does. */
export class LauncherReplicaStarter implements ReplicaStarter {
  static get hasLauncher(): boolean {
    return process.connected;
  }

  start(): Promise<string> {
    const id = randomUUID();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        settled(() => {
          reject(new Error('the launcher did not respond'));
        });
      }, WITHIN_MS);
      const settled = (settle: () => void) => {
        clearTimeout(timer);
        process.off('message', onMessage);
        settle();
      };
      const onMessage = (message: StartResponse) => {
        if (message.startedReplica !== id) return;
        settled(() => {
          if (typeof message.result === 'string') resolve(message.result);
          else reject(new TooManyReplicas(message.result));
        });
      };
      process.on('message', onMessage);
      process.send?.({ startReplica: id } satisfies StartRequest);
    });
  }
}
