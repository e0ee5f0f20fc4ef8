import { keyText } from '../messages/order-submitted.js';
import type { DeadLetters } from '../ports/dead-letters.js';
import type { Logger } from '../ports/logger.js';
import {
  resolveDeadLetters,
  type ResolveDeadLettersCommand,
  type ResolvedDeadLetters,
} from './resolve-dead-letters.js';

/** Takes dead letters out of the list for good. Their orders are never processed, so each is named in the log. */
export class DiscardDeadLetters {
  constructor(
    private readonly deadLetters: DeadLetters,
    private readonly logger: Logger,
  ) {}

  /** @throws DeadLettersUnavailable */
  execute(command: ResolveDeadLettersCommand): Promise<ResolvedDeadLetters> {
    return resolveDeadLetters(this.deadLetters, command, async ({ origin, reason, message }) => {
      await this.deadLetters.resolve(origin, 'discarded', command.by);
      this.logger.warn('dead letter discarded', {
        ...command.requestIds,
        ...origin,
        key: keyText(message),
        reason,
      });
      return 'completed';
    });
  }
}
