/** What is wrong in the world at this moment; faults change it. */
export interface Conditions {
  /** The longest that a request or a response travels. */
  latencyMs: number;
  storeUnavailable: boolean;
  /** How likely it is that an item is saved, or a dead letter appended, and the response is lost. */
  lostResponses: number;
  /** Every item fails at the dependency, by no fault of its own. */
  callsFail: boolean;
  /** The dependency says that it is unavailable. */
  callsUnavailable: boolean;
  deadLettersUnavailable: boolean;
  /** How likely it is that a batch comes very late, repeated, or from further on. */
  strayBatches: number;
  /** How likely it is that a commit or its response gets lost, so that it is sent again. */
  lostCommits: number;
}

export const fineConditions = (): Conditions => ({
  latencyMs: 8,
  storeUnavailable: false,
  lostResponses: 0,
  callsFail: false,
  callsUnavailable: false,
  deadLettersUnavailable: false,
  strayBatches: 0,
  lostCommits: 0,
});
