import type { IncomingHttpHeaders } from 'node:http';
import type { RequestHandler } from 'express';
import {
  AuthenticationUnavailable,
  type Authenticator,
  type Client,
} from '../../../application/ports/authenticator.js';
import { HttpProblem } from '../problems/problem-details.js';

/** How clients prove who they are. With none of these everybody may do everything. */
export interface Access {
  /** In the header `X-API-Key`. */
  readonly apiKeys?: Authenticator | undefined;
  /** In the header `Authorization`, after `Bearer`. */
  readonly tokens?: Authenticator | undefined;
}

declare module 'express-serve-static-core' {
  interface Request {
    /** Who sent it, where that is asked. Node has a `client` of its own, the socket. */
    caller?: Client;
  }
}

interface Credential {
  readonly authenticator: Authenticator;
  readonly text: string;
}

const API_KEY_HEADER = 'X-API-Key';
const BEARER = /^Bearer +(\S+)$/i;

/** Lets a client do what one of its roles allows, as the operations of the OpenAPI document say. */
export function accessControl(access: Access): RequestHandler {
  const ways = waysOf(access);
  const missing = notAuthenticated(`Send ${ways.map(({ how }) => how).join(', or ')}.`, ways);
  const invalid = notAuthenticated('The key or token is not valid here, or not any more.', ways);

  return (request, _response, next) => {
    const roles = request.operation?.['x-roles'];
    if (ways.length === 0 || roles === undefined) {
      next();
      return;
    }
    const credential = credentialOf(access, request.headers);
    if (credential === undefined) throw missing;
    const admit = (client: Client | undefined): void => {
      if (client === undefined) throw invalid;
      request.caller = client;
      if (!client.roles.some((role) => roles.includes(role))) throw forbidden(client, roles);
    };
    const client = credential.authenticator.authenticate(credential.text);
    if (!(client instanceof Promise)) {
      admit(client);
      next();
      return;
    }
    client.then(admit).then(
      () => next(),
      (error: unknown) => next(unavailable(error)),
    );
  };
}

interface Way {
  readonly scheme: string;
  readonly how: string;
}

function waysOf({ apiKeys, tokens }: Access): Way[] {
  return [
    ...(apiKeys === undefined
      ? []
      : [{ scheme: 'ApiKey', how: `an API key in the header ${API_KEY_HEADER}` }]),
    ...(tokens === undefined ? [] : [{ scheme: 'Bearer', how: 'a token as Authorization: Bearer' }]),
  ];
}

/** The key counts where there are both. */
function credentialOf({ apiKeys, tokens }: Access, headers: IncomingHttpHeaders): Credential | undefined {
  const key = headers[API_KEY_HEADER.toLowerCase()];
  if (apiKeys !== undefined && typeof key === 'string') return { authenticator: apiKeys, text: key };
  const [, token] = BEARER.exec(headers.authorization ?? '') ?? [];
  return tokens === undefined || token === undefined ? undefined : { authenticator: tokens, text: token };
}

function notAuthenticated(detail: string, ways: readonly Way[]): HttpProblem {
  const challenge = ways.map(({ scheme }) => `${scheme} realm="order-service"`).join(', ');
  return new HttpProblem({ name: 'unauthenticated', detail, headers: { 'WWW-Authenticate': challenge } });
}

export function forbidden(client: Client, roles: readonly string[], what = 'This takes'): HttpProblem {
  const has = client.roles.length === 0 ? 'none' : client.roles.join(', ');
  const detail = `${what} the role ${roles.join(' or ')}; ${client.name} has ${has}.`;
  return new HttpProblem({ name: 'forbidden', detail });
}

function unavailable(error: unknown): unknown {
  if (!(error instanceof AuthenticationUnavailable)) return error;
  const detail = 'Tokens can’t be checked now: their issuer is unavailable. Send the same again later.';
  return new HttpProblem({ name: 'authentication-unavailable', detail });
}
