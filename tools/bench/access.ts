import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { newApiKey } from '../../src/infrastructure/access/api-key-list.js';
import { compareInTurn, IN_TURN, TURN_SECONDS, type Turn } from './in-turn.js';
import { saturate } from './load.js';
import { costOf, RATE_AND_COSTS, type Scenario } from './measure.js';
import type { RunningSystem } from './running-system.js';
import { SERVICE, serviceWith } from './systems.js';

export const WITH_KEY = { name: `${SERVICE.name}, with an API key` };
export const WITH_TOKEN = { name: `${SERVICE.name}, with a token` };

const ISSUER = 'https://issuer.test/';
const AUDIENCE = 'orders';
const TOKEN_SECONDS = 7_200;

/** What it costs to ask who a client is. */
export const access: Scenario = async (bench) => {
  const { key, line } = newApiKey({ name: 'bench', roles: ['send'] });
  const issuer = await startIssuer();
  try {
    const systems = [
      SERVICE,
      {
        ...serviceWith(WITH_KEY, { AUTH: 'api-key', API_KEYS: line }),
        headers: { 'X-API-Key': key },
      },
      {
        ...serviceWith(WITH_TOKEN, {
          ...{ AUTH: 'jwt', JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE, JWT_JWKS_URL: issuer.url },
        }),
        headers: { Authorization: `Bearer ${issuer.token}` },
      },
    ];
    return {
      name: 'access',
      text: `As in ingest, as an API: nobody is asked, with an API key, with a token. ${IN_TURN}`,
      columns: [{ key: 'share', title: 'against the first', digits: 2 }, ...RATE_AND_COSTS],
      rows: await compareInTurn(bench, systems, { role: 'api' }, ingestFor),
    };
  } finally {
    issuer.close();
  }
};

async function ingestFor(running: RunningSystem): Promise<Turn> {
  const before = await running.cost();
  const { url, headers } = running;
  const { accepted, startedAt, endedAt } = await saturate(url, TURN_SECONDS, { headers });
  const seconds = (endedAt - startedAt) / 1_000;
  return { orders: accepted, seconds, ...costOf(before, await running.cost(), accepted) };
}

/** A token, and where the key is that it was signed with. */
async function startIssuer(): Promise<{ url: string; token: string; close(): void }> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'bench', alg: 'RS256' }];
  const token = await new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: 'bench', scope: 'send' })
    .setProtectedHeader({ alg: 'RS256', kid: 'bench' })
    .setExpirationTime(`${TOKEN_SECONDS}s`)
    .sign(privateKey);
  const server = createServer((_request, response) => response.end(JSON.stringify({ keys })));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token, close };
}
