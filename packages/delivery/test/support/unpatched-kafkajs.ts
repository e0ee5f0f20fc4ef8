import { jest } from '@jest/globals';
import { createRequire } from 'node:module';

const SOURCES = {
  consumerGroup: 'kafkajs/src/consumer/consumerGroup',
  broker: 'kafkajs/src/broker',
  cluster: 'kafkajs/src/cluster',
  connection: 'kafkajs/src/network/connection',
  requestQueue: 'kafkajs/src/network/requestQueue',
  saslAuthenticator: 'kafkajs/src/broker/saslAuthenticator',
} as const;

export type PatchedClass = keyof typeof SOURCES;

/** A class of unpatched kafkajs, apart from the one that is patched. */
export function unpatched(name: PatchedClass): { readonly prototype: Record<string, unknown> } {
  jest.resetModules();
  return createRequire(import.meta.url)(SOURCES[name]) as { prototype: Record<string, unknown> };
}
