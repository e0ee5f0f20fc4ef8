import { ipKeyGenerator } from 'express-rate-limit';
import type { Request } from 'express';
import { clientAddress } from '../server/client-address.js';

/** Whose requests count together. */
export interface Requester {
  readonly key: string;
  /** For the log. */
  readonly name: { readonly client: string } | { readonly address: string };
}

/** Whoever has proven a name, wherever it is; else all of an address, and of IPv6 those of one /56, which is what one customer gets. */
export function requesterOf(request: Request): Requester {
  const client = request.caller?.name;
  if (client !== undefined) return { key: `client ${client}`, name: { client } };
  const address = ipKeyGenerator(clientAddress(request));
  return { key: `address ${address}`, name: { address } };
}
