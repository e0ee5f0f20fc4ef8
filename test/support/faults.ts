import type { ServiceProcess } from '../../tools/dev-servers/service-process.js';
import type { Installation } from './installation.js';

/** A replica with its partition. */
export interface Victim {
  readonly consumer: ServiceProcess;
  readonly partition: number;
  readonly others: readonly ServiceProcess[];
}

export async function chooseVictim(service: Installation): Promise<Victim> {
  const [consumer, ...others] = service.consumers.filter(({ runs }) => runs);
  if (consumer === undefined) throw new Error('there is no consumer');
  const [partition] = await service.partitionsOf(consumer);
  if (partition === undefined) throw new Error(`${consumer.name} has no partition`);
  return { consumer, partition, others };
}

/** SIGTERM and a new process under the same id, one after another, all of them; returns the exit codes. */
export async function restartEachConsumer(service: Installation): Promise<(number | null)[]> {
  const codes: (number | null)[] = [];
  for (const consumer of service.consumers.filter(({ runs }) => runs)) {
    codes.push(await consumer.stop());
    await service.addConsumer(consumer.name);
    await service.settled();
  }
  return codes;
}

/** kill -9. */
export async function kill({ consumer }: Victim): Promise<void> {
  consumer.signal('SIGKILL');
  await consumer.exited;
}

/** Suspends the process until others have its partition, then lets it go on. */
export async function freezeUntilReplaced(
  service: Installation,
  { consumer, others }: Victim,
): Promise<void> {
  consumer.signal('SIGSTOP');
  try {
    await service.settled(others);
  } finally {
    consumer.signal('SIGCONT');
  }
}
