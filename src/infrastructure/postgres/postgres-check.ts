import type { Pool } from 'pg';
import type { DependencyCheck, DependencyState } from '../../application/ports/dependency-check.js';

const DEADLINE_MS = 2_000;

/** Up when PostgreSQL answers and the migrations ran. */
export class PostgresCheck implements DependencyCheck {
  readonly name = 'store';

  constructor(
    private readonly pool: Pool,
    private readonly deadlineMs = DEADLINE_MS,
  ) {}

  async check(): Promise<DependencyState> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<DependencyState>((resolve) => {
      const detail = `no answer within ${this.deadlineMs} ms`;
      timer = setTimeout(() => resolve({ status: 'down', detail }), this.deadlineMs);
    });
    const answer = this.pool
      .query('SELECT FROM orders, order_history LIMIT 0')
      .then((): DependencyState => ({ status: 'up' }), down);
    const state = await Promise.race([answer, silence]);
    clearTimeout(timer);
    return state;
  }
}

/** A host with several addresses fails with an AggregateError, which has a code but no message. */
function down(error: Error & { code?: string }): DependencyState {
  return { status: 'down', detail: error.message || (error.code ?? error.name) };
}
