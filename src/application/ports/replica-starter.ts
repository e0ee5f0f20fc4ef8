/** Starts replicas. Not every process can. */
export interface ReplicaStarter {
  /** Starts one more, and resolves to its name. It joins the group after that. @throws TooManyReplicas */
  start(): Promise<string>;
}

/** There are as many as can be started. */
export class TooManyReplicas extends Error {
  override readonly name = 'TooManyReplicas';

  constructor(readonly limit: number) {
    super(`there are ${limit} replicas, and no more can be started`);
  }
}
