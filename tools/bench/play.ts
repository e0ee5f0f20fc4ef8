/** How a system is run for a measurement. */
export interface Play {
  /** `all`: accepts orders and processes them. */
  readonly role: 'all' | 'api' | 'consumer';
  /** Also the name of its queue or stream; a new one where none is given. */
  readonly topic: string;
  readonly databaseUrl?: string;
  readonly partitions: number;
  readonly replicas: number;
  readonly replicaId: string;
  /** How long processing an order takes, as `1000-3000`. */
  readonly workMs: string;
  /** Orders in flight, of each replica. */
  readonly concurrency: number;
  /** Whether it tells when each order was processed. */
  readonly keepsTimes: boolean;
}
