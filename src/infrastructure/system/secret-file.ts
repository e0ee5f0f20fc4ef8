import type { Logger } from '../../application/ports/logger.js';

const LOOK_AGAIN_MS = 5_000;

/** A secret that may be replaced in its file at any time. What can't be used does not replace the one before. */
export class SecretFile<T = string> {
  private latest: T;
  private lookAgainAt: number;
  private lastProblem = '';

  /**
   * @param variable that names the file
   * @param read throws when what is in the file can't be used
   */
  constructor(
    private readonly variable: string,
    private readonly read: () => T,
    private readonly logger: Logger,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.latest = read();
    this.lookAgainAt = now() + LOOK_AGAIN_MS;
  }

  /** As it was in the file at most five seconds ago. */
  get current(): T {
    if (this.now() >= this.lookAgainAt) this.look();
    return this.latest;
  }

  private look(): void {
    this.lookAgainAt = this.now() + LOOK_AGAIN_MS;
    try {
      this.latest = this.read();
      this.lastProblem = '';
    } catch (error) {
      const problem = String(error);
      const { variable } = this;
      if (problem !== this.lastProblem) {
        this.logger.warn("a secret can't be replaced, the one before is used", { variable, error });
      }
      this.lastProblem = problem;
    }
  }
}
