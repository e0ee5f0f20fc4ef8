import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import kafkajs, { Kafka, logLevel, type AclEntry, type Admin } from 'kafkajs';
import {
  ensureKafkaInstalled,
  startKafkaCluster,
  type KafkaCluster,
} from '../../../../tools/dev-servers/kafka-cluster.js';
import { configCommand } from '../../../../tools/dev-servers/kafka-version.js';
import { waitFor } from '../../src/contract/wait-for.js';
import { AUTHORITY, BROKER, CLIENT, PRIVATE_KEY } from './certificates.js';
import { startTcpProxy, type Target, type TcpProxy } from './tcp-proxy.js';

// of a CommonJS package node finds these only here
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ConfigResourceTypes, ResourcePatternTypes } =
  kafkajs;
const run = promisify(execFile);

const LISTENER = 'listener.name.proxied';
const SCRAM = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];
const MODULES = {
  'scram-sha-256': 'scram.ScramLoginModule required',
  'scram-sha-512': 'scram.ScramLoginModule required',
  oauthbearer: 'oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker"',
};

/** A right, as `kafka-acls.sh` is told it. */
export interface Right {
  readonly user: string;
  readonly operation: string;
  readonly on: 'topic' | 'group';
  readonly name: string;
}

/**
 * A Kafka that its clients reach by TLS at `localhost`, with a certificate of their own, as a user with SASL, who may do what
 * an ACL says. Between it and them is a proxy. The tests look from inside, where everybody may do everything.
 */
export class SecuredKafka {
  private shown = 0;

  private constructor(
    private readonly folder: string,
    private readonly cluster: KafkaCluster,
    /** Between the clients and the broker. */
    readonly proxy: TcpProxy,
    private readonly admin: Admin,
  ) {}

  /** @param passwords by user, for SCRAM and PLAIN */
  static async start(passwords: Readonly<Record<string, string>>): Promise<SecuredKafka> {
    const folder = await mkdtemp(join(tmpdir(), 'secured-kafka-'));
    const stores = await writeStores(folder, 'stores', BROKER.valid, AUTHORITY);
    let cluster: KafkaCluster | undefined;
    const target = (): Target | undefined => {
      const port = cluster?.nodes[0]?.proxiedPort;
      return port === undefined ? undefined : { host: '127.0.0.1', port };
    };
    const proxy = await startTcpProxy({ target });
    try {
      cluster = await startKafkaCluster({
        brokers: 1,
        advertised: () => ({ host: 'localhost', port: proxy.port }),
        properties: { ...properties(passwords), ...stores },
        formatArguments: Object.entries(passwords).flatMap(([name, password]) =>
          SCRAM.flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${name},password=${password}]`]),
        ),
      });
    } catch (error) {
      await proxy.close();
      throw error;
    }
    const admin = new Kafka({ brokers: cluster.brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const kafka = new SecuredKafka(folder, cluster, proxy, admin);
    await kafka.become({ authority: AUTHORITY, cert: CLIENT.valid });
    return kafka;
  }

  /** Bootstrap list for clients. */
  get brokers(): string[] {
    return [`localhost:${this.proxy.port}`];
  }

  /** Bootstrap list for tests. */
  get directBrokers(): string[] {
    return this.cluster.brokers;
  }

  /** The paths of the clients' files. */
  get files(): { readonly ca: string; readonly cert: string; readonly key: string } {
    const path = (name: string) => join(this.folder, name);
    return { ca: path('ca.pem'), cert: path('cert.pem'), key: path('key.pem') };
  }

  /** Writes what the clients trust and show from now on. */
  async become({ authority, cert }: { readonly authority: string; readonly cert: string }): Promise<void> {
    await writeFile(this.files.key, PRIVATE_KEY);
    await writeFile(this.files.ca, authority);
    await writeFile(this.files.cert, cert);
  }

  /** The broker shows this certificate from now on, and trusts clients of this authority. All connect anew. */
  async show(certificate: string, authority = AUTHORITY): Promise<void> {
    const files = await writeStores(this.folder, `stores-${++this.shown}`, certificate, authority);
    const configEntries = Object.entries(files).map(([name, value]) => ({ name, value }));
    await this.admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: ConfigResourceTypes.BROKER, name: '1', configEntries }],
    });
    const { fingerprint256 } = new X509Certificate(certificate);
    await waitFor('the certificate', async () => (await this.shownCertificate()) === fingerprint256);
    this.proxy.dropConnections();
  }

  /** For SCRAM-SHA-512. */
  async setPassword(user: string, password: string): Promise<void> {
    const { java, classPath } = await ensureKafkaInstalled();
    await run(java, [
      ...['-Xmx128m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', classPath],
      ...[configCommand(), '--bootstrap-server', this.cluster.brokers.join(',')],
      ...['--alter', '--entity-type', 'users', '--entity-name', user],
      ...['--add-config', `SCRAM-SHA-512=[password=${password}]`],
    ]);
  }

  async allow(rights: readonly Right[]): Promise<void> {
    await this.admin.createAcls({ acl: rights.map(toAcl) });
  }

  async addPartitions(topic: string, count: number): Promise<void> {
    await this.admin.createPartitions({ topicPartitions: [{ topic, count }] });
  }

  async revoke(right: Right): Promise<void> {
    await this.admin.deleteAcls({ filters: [toAcl(right)] });
  }

  async stop(): Promise<void> {
    await this.admin.disconnect();
    await this.proxy.close();
    await this.cluster.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Its fingerprint. Nothing is sent. */
  private shownCertificate(): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = { host: 'localhost', port: this.proxy.port, rejectUnauthorized: false };
      const socket = connect(options, () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.destroy();
      });
      socket.once('error', reject);
    });
  }
}

function toAcl({ user, operation, on, name }: Right): AclEntry {
  return {
    principal: `User:${user}`,
    host: '*',
    permissionType: AclPermissionTypes.ALLOW,
    operation: AclOperationTypes[toConstant(operation) as keyof typeof AclOperationTypes],
    resourceType: on === 'topic' ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
    resourceName: name,
    resourcePatternType: ResourcePatternTypes.LITERAL,
  };
}

/** `DESCRIBE_CONFIGS` for `DescribeConfigs`. */
function toConstant(operation: string): string {
  return operation.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}

/** What the broker shows and trusts. Returns the settings that name the files. */
async function writeStores(
  folder: string,
  name: string,
  certificate: string,
  authority: string,
): Promise<Record<string, string>> {
  const path = join(folder, name);
  await mkdir(path);
  await writeFile(join(path, 'keystore.pem'), `${PRIVATE_KEY}\n${certificate}\n`);
  await writeFile(join(path, 'truststore.pem'), authority);
  return {
    [`${LISTENER}.ssl.keystore.location`]: join(path, 'keystore.pem'),
    [`${LISTENER}.ssl.truststore.location`]: join(path, 'truststore.pem'),
  };
}

function properties(passwords: Readonly<Record<string, string>>): Record<string, string> {
  const users = Object.entries(passwords).map(([name, password]) => `user_${name}="${password}"`);
  const modules = { ...MODULES, plain: `plain.PlainLoginModule required ${users.join(' ')}` };
  return {
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:SASL_SSL',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    // the brokers, and the tests
    'super.users': 'User:ANONYMOUS',
    'sasl.enabled.mechanisms': [...SCRAM, 'PLAIN', 'OAUTHBEARER'].join(','),
    ...Object.fromEntries(
      Object.entries(modules).map(([mechanism, module]) => [
        `${LISTENER}.${mechanism}.sasl.jaas.config`,
        `org.apache.kafka.common.security.${module};`,
      ]),
    ),
    [`${LISTENER}.ssl.keystore.type`]: 'PEM',
    [`${LISTENER}.ssl.truststore.type`]: 'PEM',
    [`${LISTENER}.ssl.client.auth`]: 'required',
    // clients authenticate again some seconds before
    'connections.max.reauth.ms': '15000',
    'ssl.allow.dn.changes': 'true',
    'ssl.allow.san.changes': 'true',
  };
}
