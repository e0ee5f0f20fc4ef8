import { ContainerModule } from 'inversify';
import type { Logger } from '../../application/ports/logger.js';
import { isSigningKey, isToken } from '../../infrastructure/fulfilment/fulfilment-credentials.js';
import { HttpFulfilment } from '../../infrastructure/fulfilment/http-fulfilment.js';
import { SimulatedFulfilment } from '../../infrastructure/fulfilment/simulated-fulfilment.js';
import { SecretFile } from '../../infrastructure/system/secret-file.js';
import type { HttpFulfilmentConfig, SecretConfig, SimulatedFulfilmentConfig } from '../config/config.js';
import { readSecret } from '../config/secret-files.js';
import { TOKENS } from '../tokens.js';

const TIMEOUT_MS = 10_000;

export function httpFulfilmentModule({ url, token, signingKey }: HttpFulfilmentConfig): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(TOKENS.fulfilment).toResolvedValue(
      (clock, post, logger) => {
        const secrets = {
          token: token && source('FULFILMENT_TOKEN', token, isToken, logger),
          signingKey: signingKey && source('FULFILMENT_SIGNING_KEY', signingKey, isSigningKey, logger),
        };
        return new HttpFulfilment({ url, timeoutMs: TIMEOUT_MS, ...secrets }, clock, post);
      },
      [TOKENS.clock, TOKENS.post, TOKENS.logger],
    );
  });
}

/** Of a secret that can be replaced where it is in a file. */
function source(
  variable: string,
  { value, file }: SecretConfig,
  isValid: (text: string) => boolean,
  logger: Logger,
): () => string {
  if (file === undefined) return () => value;
  const read = () => {
    const text = readSecret(file);
    if (!isValid(text)) throw new Error(`what is in ${file} is not valid`);
    return text;
  };
  const secret = new SecretFile(`${variable}_FILE`, read, logger);
  return () => secret.current;
}

export function simulatedFulfilmentModule({ delayMs }: SimulatedFulfilmentConfig): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(TOKENS.fulfilment).toResolvedValue(() => new SimulatedFulfilment(delayMs));
  });
}
