import { DatabaseError } from 'pg';
import { StoreUnavailable } from '../../application/ports/order-repository.js';

/**
 * Classes of PostgreSQL's errors that no order's values can cause: connection, read-only standby, log-in, absent database,
 * conflict of transactions, absent table or column (a migration that this replica doesn't know, or that did not run yet),
 * resources, locks, shutdown or time-out, disk.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const STORE_AT_FAULT = new Set(['08', '25', '28', '3D', '40', '42', '53', '55', '57', '58']);

/** What is neither an error of the server nor a bug means that the server can't be reached. */
export function isStoreAtFault(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return false;
  return !(error instanceof DatabaseError) || STORE_AT_FAULT.has(error.code?.slice(0, 2) ?? '');
}

/** Runs a statement; when the store is at fault, it rejects with StoreUnavailable. */
export async function translateErrors<T>(statement: Promise<T>): Promise<T> {
  try {
    return await statement;
  } catch (error) {
    if (!isStoreAtFault(error)) throw error;
    throw new StoreUnavailable('the store is unavailable', { cause: error });
  }
}
