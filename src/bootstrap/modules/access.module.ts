import { ContainerModule } from 'inversify';
import type { DependencyCheck } from '../../application/ports/dependency-check.js';
import { ApiKeys } from '../../infrastructure/access/api-keys.js';
import { JsonWebTokens } from '../../infrastructure/access/json-web-tokens.js';
import type { AccessConfig } from '../config/config.js';
import { TOKENS } from '../tokens.js';

/** Who may use the HTTP API. */
export function accessModule({ apiKeys, tokens }: AccessConfig): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(TOKENS.access).toResolvedValue(
      (logger) => ({
        apiKeys:
          apiKeys && ('file' in apiKeys ? ApiKeys.ofFile(apiKeys.file, logger) : ApiKeys.of(apiKeys.list)),
        tokens: tokens && new JsonWebTokens(tokens, logger),
      }),
      [TOKENS.logger],
    );
    bind(TOKENS.accessCheck).toConstantValue(says(waysOf({ apiKeys, tokens })));
  });
}

/** As `AUTH` has them. */
export function waysOf({ apiKeys, tokens }: AccessConfig): string {
  const ways = [apiKeys && 'api-key', tokens && 'jwt'].filter((way) => way !== undefined);
  return ways.length === 0 ? 'none' : ways.join(', ');
}

/** Says in the readiness which is on. */
function says(ways: string): DependencyCheck {
  return { name: 'access', check: () => Promise.resolve({ status: 'up', detail: `AUTH=${ways}` }) };
}
