import { ContainerModule } from 'inversify';
import { post } from '../../infrastructure/fulfilment/http-post.js';
import { TOKENS } from '../tokens.js';

/** Nothing is measured. */
export const noMetricsModule = new ContainerModule(({ bind }) => {
  bind(TOKENS.watchReplica).toConstantValue(() => undefined);
  bind(TOKENS.httpWatch).toConstantValue({ onResponse: undefined });
});

/** Nothing is traced. */
export const noTracingModule = new ContainerModule(({ bind }) => {
  bind(TOKENS.traceHandler).toConstantValue((handler) => handler);
  bind(TOKENS.httpTrace).toConstantValue({ begin: undefined });
  bind(TOKENS.post).toConstantValue(post);
});
