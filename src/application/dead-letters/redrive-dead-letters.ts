import { keyText } from '../messages/order-submitted.js';
import { REDRIVE_COUNT_HEADER } from '../messages/redrive-count.js';
import type { DeadLetter, DeadLetters, Origin } from '../ports/dead-letters.js';
import type { Logger } from '../ports/logger.js';
import { MessagePublishFailed, MessageTooLarge, type MessagePublisher } from '../ports/message-publisher.js';
import {
  resolveDeadLetters,
  type ResolveDeadLettersCommand,
  type ResolvedDeadLetters,
} from './resolve-dead-letters.js';

export interface RedrivenDeadLetters extends ResolvedDeadLetters {
  /** The first letter that the log did not confirm, or else the last one that is too large. It stays listed. */
  readonly failure?: { readonly origin: Origin; readonly error: MessagePublishFailed | MessageTooLarge };
}

/**
 * Sends messages that were given up back to the log as they were, and only then marks their letters: cut off in between,
 * a message is sent again by the next redrive, which is harmless, as an order is carried out once.
 */
export class RedriveDeadLetters {
  constructor(
    private readonly deadLetters: DeadLetters,
    private readonly publisher: MessagePublisher,
    private readonly logger: Logger,
  ) {}

  /** Begins nothing more once the log does not confirm one; one that is too large stays behind alone. @throws DeadLettersUnavailable */
  async execute(command: ResolveDeadLettersCommand): Promise<RedrivenDeadLetters> {
    let failure: RedrivenDeadLetters['failure'];
    const counts = await resolveDeadLetters(this.deadLetters, command, async (letter) => {
      const { origin, reason, redriveCount } = letter;
      const fields = {
        correlationId: command.correlationId,
        ...origin,
        key: keyText(letter.message),
        reason,
        redriveCount: redriveCount + 1,
      };
      try {
        await this.publisher.publish(redriven(letter));
      } catch (error) {
        if (!(error instanceof MessagePublishFailed || error instanceof MessageTooLarge)) throw error;
        if (!(failure?.error instanceof MessagePublishFailed)) failure = { origin, error };
        this.logger.warn('a dead letter could not be redriven', { ...fields, error });
        return error instanceof MessagePublishFailed ? 'stop' : 'left';
      }
      await this.deadLetters.resolve(origin, 'redriven');
      this.logger.info('dead letter redriven', fields);
      return 'done';
    });
    return failure === undefined ? counts : { ...counts, failure };
  }
}

function redriven({ message, redriveCount }: DeadLetter) {
  return { ...message, headers: { ...message.headers, [REDRIVE_COUNT_HEADER]: String(redriveCount + 1) } };
}
