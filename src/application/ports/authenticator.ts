/** `send`: sends and imports orders, and sees them. `read`: sees all that is shown. `operate`: dead letters, and commands to replicas. */
export const ROLES = ['send', 'read', 'operate'] as const;
export type Role = (typeof ROLES)[number];

/** Who calls the service, and what it may do. */
export interface Client {
  readonly name: string;
  readonly roles: readonly Role[];
}

/** Tells whose a credential is. */
export interface Authenticator {
  /** `undefined` for one that is not valid. Rejects with {@link AuthenticationUnavailable} when that can't be told now. */
  authenticate(credential: string): Client | undefined | Promise<Client | undefined>;
}

/** What tells whose a credential is can't be reached. The message is one line for the operator. */
export class AuthenticationUnavailable extends Error {
  override readonly name = 'AuthenticationUnavailable';
}
