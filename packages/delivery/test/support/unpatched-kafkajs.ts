import { jest } from '@jest/globals';
import { createRequire } from 'node:module';

const SOURCES = {
  consumerGroup: 'kafkajs/src/consumer/consumerGroup',
  broker: 'kafkajs/src/broker',
  cluster: 'kafkajs/src/cluster',
  connection: 'kafkajs/src/network/connection',
  requestQueue: 'kafkajs/src/network/requestQueue',
} as const;

export type RepairedClass = keyof typeof SOURCES;

/** A class of kafkajs as it came, apart from the one that is repaired. */
export function asItCame(name: RepairedClass): { readonly prototype: Record<string, unknown> } {
  jest.resetModules();
  return createRequire(import.meta.url)(SOURCES[name]) as { prototype: Record<string, unknown> };
}
