import type { DependencyCheck } from '../../../application/ports/dependency-check.js';

export interface CheckedDependency {
  readonly check: DependencyCheck;
  /** Whether the service is of no use without it. */
  readonly required: boolean;
}

/** The state of a dependency, or of the service itself. */
export interface CheckReport {
  /** @example "broker" */
  name: string;
  status: 'up' | 'down';
  /** Whether the process is `down` without it. */
  required: boolean;
  /** One line for the operator. */
  detail?: string;
}

/** `degraded`: something is unavailable, but nothing that is required. */
export interface ReadinessReport {
  status: 'up' | 'degraded' | 'down';
  /**
   * The dependencies, and the replicas in this process.
   * @maxItems 200
   */
  checks: CheckReport[];
}

const MAX_AGE_MS = 500;
const SHUTTING_DOWN: ReadinessReport = {
  status: 'down',
  checks: [{ name: 'shutdown', status: 'down', required: true, detail: 'shutdown has begun' }],
};

interface Round {
  readonly report: Promise<ReadinessReport>;
  /** Infinite until the round is complete. */
  staleAt: number;
}

/** Whether this process can serve. Callers share one round of checks, and its result for 500 ms at most. */
export class Readiness {
  #closed = false;
  #round: Round | undefined;

  /** @param dependencies at the moment; replicas come and go */
  constructor(private readonly dependencies: () => readonly CheckedDependency[]) {}

  async report(): Promise<ReadinessReport> {
    const report = await this.#currentRound();
    return this.#closed ? SHUTTING_DOWN : report;
  }

  /** Shutdown has begun: from now on it is down. */
  close(): void {
    this.#closed = true;
  }

  #currentRound(): Promise<ReadinessReport> {
    if (this.#closed) return Promise.resolve(SHUTTING_DOWN);
    const now = performance.now();
    if (this.#round === undefined || now >= this.#round.staleAt) {
      const report = checkAll(this.dependencies()).finally(() => {
        round.staleAt = now + MAX_AGE_MS;
      });
      const round: Round = { report, staleAt: Infinity };
      this.#round = round;
    }
    return this.#round.report;
  }
}

async function checkAll(dependencies: readonly CheckedDependency[]): Promise<ReadinessReport> {
  const checks = await Promise.all(
    dependencies.map(async ({ check, required }) => {
      const { status, detail } = await check.check();
      return { name: check.name, required, status, ...(detail !== undefined && { detail }) };
    }),
  );
  const down = checks.filter(({ status }) => status === 'down');
  if (down.length === 0) return { status: 'up', checks };
  return { status: down.some(({ required }) => required) ? 'down' : 'degraded', checks };
}
