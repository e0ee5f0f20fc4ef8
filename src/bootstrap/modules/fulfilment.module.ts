import { ContainerModule } from 'inversify';
import { HttpFulfilment } from '../../infrastructure/fulfilment/http-fulfilment.js';
import { SimulatedFulfilment } from '../../infrastructure/fulfilment/simulated-fulfilment.js';
import type { HttpFulfilmentConfig, SimulatedFulfilmentConfig } from '../config/config.js';
import { TOKENS } from '../tokens.js';

const TIMEOUT_MS = 10_000;

export function httpFulfilmentModule({ url }: HttpFulfilmentConfig): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(TOKENS.fulfilment).toResolvedValue(
      (clock, post) => new HttpFulfilment({ url, timeoutMs: TIMEOUT_MS }, clock, post),
      [TOKENS.clock, TOKENS.post],
    );
  });
}

export function simulatedFulfilmentModule({ delayMs }: SimulatedFulfilmentConfig): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(TOKENS.fulfilment).toResolvedValue(() => new SimulatedFulfilment(delayMs));
  });
}
