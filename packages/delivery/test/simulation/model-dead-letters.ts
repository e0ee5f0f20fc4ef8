import type { Conditions } from './conditions.js';
import type { Place } from './history.js';
import type { Random } from './random.js';
import type { ReplicaProcess } from './replica-process.js';
import type { Scheduler } from './scheduler.js';

export interface ModelDeadLetter extends Place {
  readonly reason: string;
  readonly attempts: number;
}

/** As one process reaches the dead letters. */
export interface DeadLettersClient {
  add(deadLetter: ModelDeadLetter): Promise<void>;
}

/** Every append of a dead letter, repeated ones too. */
export class ModelDeadLetters {
  readonly appended: (ModelDeadLetter & { readonly at: number })[] = [];

  constructor(
    private readonly scheduler: Scheduler,
    private readonly conditions: Conditions,
    private readonly random: Random,
  ) {}

  clientOf(process: ReplicaProcess): DeadLettersClient {
    return { add: (deadLetter) => process.request(() => this.add(deadLetter)) };
  }

  private add(deadLetter: ModelDeadLetter): void {
    if (this.conditions.deadLettersUnavailable) throw new Error('the dead letters are unavailable');
    this.appended.push({ at: this.scheduler.now, ...deadLetter });
    if (this.random.chance(this.conditions.lostResponses)) throw new Error('no response of the dead letters');
  }
}
