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
  /** The first one whose publishing was not confirmed, or else the last one that is too large. It stays listed. */
  readonly failure?: { readonly origin: Origin; readonly error: MessagePublishFailed | MessageTooLarge };
}

/**
 * Publishes dead-lettered messages again as they were, and only then resolves them. After a crash in between the next
 * redrive publishes a message once more, which is harmless, as an order is processed once.
 */
export class RedriveDeadLetters {
  constructor(
    private readonly deadLetters: DeadLetters,
    private readonly publisher: MessagePublisher,
    private readonly logger: Logger,
  ) {}

  /** Starts nothing more once publishing one is not confirmed; one that is too large is skipped. @throws DeadLettersUnavailable */
  async execute(command: ResolveDeadLettersCommand): Promise<RedrivenDeadLetters> {
    let failure: RedrivenDeadLetters['failure'];
    const counts = await resolveDeadLetters(this.deadLetters, command, async (deadLetter) => {
      const { origin, reason, redriveCount } = deadLetter;
      const fields = {
        ...command.requestIds,
        ...origin,
        key: keyText(deadLetter.message),
        reason,
        redriveCount: redriveCount + 1,
      };
      try {
        await this.publisher.publish(redriven(deadLetter));
      } catch (error) {
        if (!(error instanceof MessagePublishFailed || error instanceof MessageTooLarge)) throw error;
        if (!(failure?.error instanceof MessagePublishFailed)) failure = { origin, error };
        this.logger.warn('a dead letter could not be redriven', { ...fields, error });
        return error instanceof MessagePublishFailed ? 'stop' : 'skipped';
      }
      await this.deadLetters.resolve(origin, 'redriven', command.by);
      this.logger.info('dead letter redriven', fields);
      return 'completed';
    });
    return failure === undefined ? counts : { ...counts, failure };
  }
}

function redriven({ message, redriveCount }: DeadLetter) {
  return { ...message, headers: { ...message.headers, [REDRIVE_COUNT_HEADER]: String(redriveCount + 1) } };
}
