/** Calls back once after a time. Returns what cancels that. */
export interface Timer {
  after(delayMs: number, callback: () => void): () => void;
}
