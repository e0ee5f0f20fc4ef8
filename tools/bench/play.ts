/** How a system is run for a measurement. */
export interface Play {
  /** `all`: takes orders and carries them out. */
  readonly role: 'all' | 'api' | 'consumer';
  /** Also the name of its queue or stream; a new one where none is given. */
  readonly topic: string;
  readonly databaseUrl?: string;
  readonly partitions: number;
  readonly replicas: number;
  readonly replicaId: string;
  /** What carrying out an order takes, as `1000-3000`. */
  readonly workMs: string;
  /** Orders at work at a time, of each replica. */
  readonly concurrency: number;
  /** Whether it tells when each order was carried out. */
  readonly keepsTimes: boolean;
}
