/** What somebody may order of the simulated fulfilment, to see what happens. */
export const SIMULATED_PRODUCTS = [
  { name: 'Espresso machine', what: 'is processed, as any other product is' },
  { name: 'reject', what: 'is rejected' },
  { name: 'fail-3', what: 'fails three times, then it is processed' },
  { name: 'fail', what: 'always fails, ends as a dead letter' },
  { name: 'slow-10000', what: 'takes ten seconds' },
] as const;
