import type { Config } from './config/config.js';

/** What to try first, for someone who has just started the service by hand. */
export function banner({ HOST }: Config, port: number): string {
  const url = `http://${HOST === '127.0.0.1' || HOST === '0.0.0.0' ? 'localhost' : HOST}:${port}`;
  return `
  Swagger   ${url}/swagger/index.html
  Health    ${url}/health/ready
  Try it    curl -i ${url}/api/Order/Send -H 'Content-Type: application/json' -d '{"product":"Espresso machine"}'
`;
}
