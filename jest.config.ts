/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

/** Thousands of histories, or minutes of simulated time. */
const LONG = [
  '/packages/delivery/test/simulation/delivery-simulation.spec.ts',
  '/packages/delivery/test/simulation/sender-simulation.spec.ts',
  '/packages/delivery/test/unit/engine/waiting-records.spec.ts',
  '/test/unit/interfaces/messaging/outages.spec.ts',
];

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

/** With the built service, and with Kafka and PostgreSQL where this machine can run them. */
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
        '<rootDir>/packages/delivery/example/test/unit/**/*.spec.ts',
        '<rootDir>/tools/*/test/*.spec.ts',
      ],
      testPathIgnorePatterns: LONG.map((file) => `<rootDir>${file}`),
    },
    {
      ...project,
      displayName: 'simulation',
      testMatch: LONG.map((file) => `<rootDir>${file}`),
      // what counts each line takes five times as long
      coveragePathIgnorePatterns: ['.'],
    },
    {
      ...onServers,
      displayName: 'contract',
      testMatch: [
        '<rootDir>/{test,packages/*/test}/contract/**/*.spec.ts',
        '<rootDir>/packages/delivery/example/test/contract/**/*.spec.ts',
      ],
    },
    {
      ...onServers,
      displayName: 'integration',
      testMatch: ['<rootDir>/{test,packages/*/test,tools/*/test}/integration/**/*.spec.ts'],
    },
    {
      ...onServers,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/{e2e,page}/**/*.spec.ts'],
    },
  ],
  // of types alone nothing is left to cover; the v8 provider would count each of their lines as not covered
  coverageProvider: 'babel',
  // the entry points run in processes of their own, in test/e2e
  collectCoverageFrom: [
    '{src,packages/*/src}/**/*.ts',
    '!packages/*/src/contract/**',
    '!src/**/generated/**',
    '!src/bootstrap/{main,create-topics,migrate,prune}.ts',
  ],
  coverageThreshold: {
    './src/domain/': { lines: 100 },
    './src/application/': { lines: 100 },
    global: { lines: 90 },
  },
};

export default config;
