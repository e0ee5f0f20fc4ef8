import type { Request } from 'express';
import { forbidden } from '../access/access-control.js';

/**
 * Whose order is asked for: the caller's own, unless the request names another owner, or none by an empty name. What others sent is
 * for who may read all. @throws HttpProblem
 */
export function ownerAsked({ caller }: Request, owner = caller?.name): string | undefined {
  if (caller !== undefined && owner !== caller.name && !caller.roles.includes('read'))
    throw forbidden(caller, ['read'], 'Orders of others take');
  return owner === '' ? undefined : owner;
}
