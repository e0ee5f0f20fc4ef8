export interface DependencyState {
  readonly status: 'up' | 'down';
  /** One line for the operator: what is wrong, or what it holds. */
  readonly detail?: string;
}

/** Asks a dependency whether it is available. `check` never rejects and settles within a deadline. */
export interface DependencyCheck {
  readonly name: string;
  check(): Promise<DependencyState>;
}
