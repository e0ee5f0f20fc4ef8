/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

/** Thousands of histories. */
const SIMULATION = '/packages/delivery/test/simulation/delivery-simulation.spec.ts';

const project: Config = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@order-service/delivery$': '<rootDir>/packages/delivery/src/engine/index.ts',
    '^@order-service/delivery/(.*)$': '<rootDir>/packages/delivery/src/$1/index.ts',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};

/** With Kafka and PostgreSQL, where this machine can run them. */
const onServers: Config = {
  ...project,
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
};

const config: Config = {
  maxWorkers: 2,
  testTimeout: 60_000,
  reporters: ['default', '<rootDir>/test/support/missing-reporter.mjs'],
  projects: [
    {
      ...project,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/test/{unit,architecture}/**/*.spec.ts',
        '<rootDir>/packages/*/test/{unit,simulation}/**/*.spec.ts',
        '<rootDir>/tools/*/test/**/*.spec.ts',
      ],
      testPathIgnorePatterns: [SIMULATION],
    },
    {
      ...project,
      displayName: 'simulation',
      testMatch: [`<rootDir>${SIMULATION}`],
      // what counts each line takes five times as long
      coveragePathIgnorePatterns: ['.'],
    },
    {
      ...onServers,
      displayName: 'system',
      testMatch: ['<rootDir>/{test,packages/*/test}/{contract,integration}/**/*.spec.ts'],
    },
    {
      ...onServers,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/e2e/**/*.spec.ts'],
    },
  ],
  // of types alone nothing is left to cover; the v8 provider would count each of their lines as not covered
  coverageProvider: 'babel',
  // the entry points run in processes of their own, in test/e2e
  collectCoverageFrom: [
    '{src,packages/*/src}/**/*.ts',
    '!packages/*/src/contract/**',
    '!src/**/generated/**',
    '!src/bootstrap/{main,create-topics,migrate}.ts',
  ],
  coverageThreshold: {
    './src/domain/': { lines: 100 },
    './src/application/': { lines: 100 },
    global: { lines: 90 },
  },
};

export default config;
