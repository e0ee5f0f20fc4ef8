import { setTimeout } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { DependencyCheck, DependencyState } from '../../application/ports/dependency-check.js';

const DEADLINE_MS = 2_000;

/** Up when PostgreSQL responds and the migrations ran. */
export class PostgresCheck implements DependencyCheck {
  readonly name = 'store';

  constructor(
    private readonly pool: Pool,
    private readonly deadlineMs = DEADLINE_MS,
  ) {}

  async check(): Promise<DependencyState> {
    const detail = `no response within ${this.deadlineMs} ms`;
    const silence = { status: 'down', detail } as const;
    const response = this.pool
      .query('SELECT FROM orders, order_history LIMIT 0')
      .then((): DependencyState => ({ status: 'up' }), down);
    return Promise.race([response, setTimeout(this.deadlineMs, silence, { ref: false })]);
  }
}

/** A host with several addresses fails with an AggregateError, which has a code but no message. */
function down(error: Error & { code?: string }): DependencyState {
  return { status: 'down', detail: error.message || (error.code ?? error.name) };
}
