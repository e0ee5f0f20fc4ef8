/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: ['src/domain/**/*.ts', 'packages/delivery/src/engine/**/*.ts'],
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--no-warnings'],
  jest: { configFile: 'jest.mutation.config.mjs' },
  coverageAnalysis: 'perTest',
  concurrency: 1,
  // modules of tests that ended stay in memory
  maxTestRunnerReuse: 50,
  // a mutant that hangs counts as found: on a busy machine a slow one must not
  timeoutMS: 15_000,
  ignorePatterns: ['dist', 'coverage', 'chaos-results', 'docs', 'tools'],
  reporters: ['clear-text', 'progress', 'html', 'json'],
  thresholds: { high: 95, low: 90, break: 90 },
};
