import type { Logger } from '../application/ports/logger.js';
import type { ReplicaCommands } from '../application/ports/replica-commands.js';
import type { ReplicaStarter } from '../application/ports/replica-starter.js';
import type { LiveStreams } from '../interfaces/http/live/live-streams.js';
import { obeyCommands, type ObedientReplica } from '../interfaces/messaging/obey-commands.js';
import type { OrderConsumer } from '../interfaces/messaging/order-consumer.js';
import type { Replicas } from './replicas.js';
import { startWhenAvailable } from './start-when-available.js';

export interface LivePageParts {
  /** Of a process that serves the API. */
  readonly streams: LiveStreams | undefined;
  readonly replicas: Replicas;
  readonly commands: Pick<ReplicaCommands, 'listen'>;
  /** What ends a replica that is asked to end; nothing where it doesn't do so. */
  readonly ends: (consumer: OrderConsumer) => ((how: 'stop' | 'kill') => void) | undefined;
  readonly isUnavailable: (error: unknown) => boolean;
  readonly onFatal: (error: Error) => void;
  readonly logger: Logger;
}

/** What shows the replicas of all processes, and has those of this one obey. Nothing else of the process depends on it. */
export class LivePage implements ReplicaStarter {
  private readonly listening = new Set<() => void>();

  constructor(private readonly parts: LivePageParts) {}

  begin(): void {
    const { streams, replicas } = this.parts;
    streams?.start();
    for (const each of replicas.all) this.obey(each);
  }

  /** Before HTTP closes: streams would never end. */
  end(): void {
    this.parts.streams?.stop();
    for (const forget of this.listening) forget();
    this.listening.clear();
  }

  /** In this process. */
  async start(): Promise<string> {
    const { replicas, isUnavailable, onFatal, logger } = this.parts;
    const consumer = replicas.add();
    this.obey(consumer);
    const isStopping = () => consumer.state === 'draining' || consumer.state === 'stopped';
    const joining = { start: () => consumer.start(), isUnavailable };
    startWhenAvailable(consumer.name, joining, { logger, isStopping }).catch(onFatal);
    return consumer.replica;
  }

  private obey(consumer: OrderConsumer): void {
    const { ends, commands, logger } = this.parts;
    const { replica } = consumer;
    const end = ends(consumer);
    const obedient: ObedientReplica = {
      replica,
      pause: () => {
        consumer.pause();
      },
      resume: () => {
        consumer.resume();
      },
      ...(end !== undefined && {
        stop: () => {
          forget();
          end('stop');
        },
        kill: () => {
          forget();
          end('kill');
        },
      }),
    };
    const stopListening = obeyCommands(obedient, commands, logger.with({ replica }));
    // another may have its name later
    const forget = () => {
      stopListening();
      this.listening.delete(forget);
    };
    this.listening.add(forget);
  }
}
