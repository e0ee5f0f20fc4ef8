import type { Paths } from './operations.js';
import openApi from '../generated/swagger.json' with { type: 'json' };

export type OpenApi = Omit<typeof openApi, 'paths'> & {
  readonly paths: Paths;
};

interface Served {
  readonly serves: 'api' | 'health';
  readonly operations: boolean;
}

const HEALTH = '/health/';
const OPERATIONS = '/api/DeadLetter';

/** The API as far as this process has it. */
export function servedApi({ serves, operations }: Served): OpenApi {
  const isServed = (path: string) =>
    serves === 'health' ? path.startsWith(HEALTH) : operations || !path.startsWith(OPERATIONS);
  return {
    ...openApi,
    paths: Object.fromEntries(Object.entries(openApi.paths).filter(([path]) => isServed(path))),
  };
}
