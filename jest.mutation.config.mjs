import { tsImport } from 'tsx/esm/api';

const { default: config } = await tsImport('./jest.config.ts', import.meta.url);
const unit = config.projects.find(({ displayName }) => displayName === 'unit');

/** The unit tests of what is mutated, without those that take seconds: they run for each mutant. */
export default {
  ...unit,
  testMatch: [
    '<rootDir>/test/unit/domain/**/*.spec.ts',
    '<rootDir>/packages/delivery/test/unit/engine/**/*.spec.ts',
  ],
  testPathIgnorePatterns: [...unit.testPathIgnorePatterns, 'fuzz.spec.ts'],
};
