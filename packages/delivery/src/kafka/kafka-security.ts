/** How the brokers and this client prove to one another who they are. Without `tls` all travels in plain text. */
export interface KafkaSecurity {
  readonly tls?: TlsFiles | undefined;
  readonly sasl?: SaslCredentials | undefined;
}

/** Paths of PEM files. They are read again for each connection: a certificate that was renewed needs no restart. */
export interface TlsFiles {
  /** The authorities that may have signed a broker's certificate; those of Node by default. */
  readonly ca?: string | undefined;
  /** The certificate of this client, with those between it and its authority; for brokers that ask for one. */
  readonly cert?: string | undefined;
  /** Its private key, not encrypted. */
  readonly key?: string | undefined;
}

export type SaslCredentials = Password | Token;

interface Password {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  readonly username: string;
  readonly password: string;
}

interface Token {
  readonly mechanism: 'OAUTHBEARER';
  /** The path of a file with the token. It is read again each time that the client authenticates. */
  readonly tokenFile: string;
}
