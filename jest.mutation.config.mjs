import { tsImport } from 'tsx/esm/api';

const { default: config } = await tsImport('./jest.config.ts', import.meta.url);

/** The unit tests of what is mutated, long ones too. */
export default {
  ...config.projects.find(({ displayName }) => displayName === 'unit'),
  testMatch: [
    '<rootDir>/test/unit/domain/**/*.spec.ts',
    '<rootDir>/packages/delivery/test/unit/engine/**/*.spec.ts',
  ],
  testPathIgnorePatterns: [],
};
