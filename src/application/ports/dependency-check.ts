export interface DependencyState {
  readonly status: 'up' | 'down';
  /** One line for the operator: what is wrong, or what it holds. */
  readonly detail?: string;
}

/** Tells whether a dependency is available. `check` never rejects and ends within a deadline. */
export interface DependencyCheck {
  readonly name: string;
  check(): Promise<DependencyState>;
}
