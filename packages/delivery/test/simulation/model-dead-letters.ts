import {
  DeadLettersUnavailable,
  type DeadLetter,
  type DeadLetterStore,
} from '../../src/engine/dead-letters.js';
import type { Conditions } from './conditions.js';
import type { Random } from './random.js';
import type { ReplicaProcess } from './replica-process.js';
import type { Scheduler } from './scheduler.js';

export interface KeptLetter {
  readonly at: number;
  readonly letter: DeadLetter;
}

/** What was put aside: every append, the same letter as often as it came. */
export class ModelDeadLetters {
  readonly kept: KeptLetter[] = [];

  constructor(
    private readonly scheduler: Scheduler,
    private readonly conditions: Conditions,
    private readonly random: Random,
  ) {}

  /** As one process reaches it. */
  clientOf(process: ReplicaProcess): Pick<DeadLetterStore, 'add'> {
    return { add: (letter) => process.request(() => this.add(letter)) };
  }

  private add(letter: DeadLetter): void {
    if (this.conditions.lettersAway) throw new DeadLettersUnavailable('away');
    this.kept.push({ at: this.scheduler.now, letter });
    if (this.random.chance(this.conditions.lostAnswers))
      throw new DeadLettersUnavailable('the answer was lost');
  }
}
