/** What to try first, for someone who has just started the service by hand. */
export function banner(scheme: 'http' | 'https', host: string, port: number, auth: string): string {
  const url = `${scheme}://${host === '127.0.0.1' || host === '0.0.0.0' ? 'localhost' : host}:${port}`;
  return `
  See it    ${url}/
  Swagger   ${url}/swagger/index.html
  Health    ${url}/health/ready
  Access    ${auth === 'none' ? 'nobody is asked who they are (AUTH=none)' : `AUTH=${auth}`}
  Try it    curl -i ${url}/api/Order/Send${auth.includes('api-key') ? ` -H 'X-API-Key: …'` : ''} -H 'Content-Type: application/json' -d '{"product":"Espresso machine"}'
`;
}
