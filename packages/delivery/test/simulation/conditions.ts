/** What is wrong in the world at this moment; faults change it. */
export interface Conditions {
  /** The longest that a request or an answer travels. */
  latencyMs: number;
  storeAway: boolean;
  /** How likely it is that an order is saved, or a letter kept, and nobody hears of it. */
  lostAnswers: number;
  /** Every order fails there, by no fault of its own. */
  fulfilmentFails: boolean;
  lettersAway: boolean;
  /** How likely it is that a batch comes very late, repeated, or from further on. */
  strayBatches: number;
  /** How likely it is that a commit or its answer gets lost, so that it is sent again. */
  lostCommits: number;
}

export const fineConditions = (): Conditions => ({
  latencyMs: 8,
  storeAway: false,
  lostAnswers: 0,
  fulfilmentFails: false,
  lettersAway: false,
  strayBatches: 0,
  lostCommits: 0,
});
