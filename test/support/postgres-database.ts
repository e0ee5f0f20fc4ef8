import { randomUUID } from 'node:crypto';
import { Client, type QueryResultRow } from 'pg';
import { PostgresConnection } from '../../src/infrastructure/postgres/postgres-connection.js';

/** A database of a test's own, reached through a new connection for each query. */
export class PostgresDatabase {
  readonly name = `test_${randomUUID().replaceAll('-', '')}`;

  /** Names a database; `make` makes it. */
  constructor(private readonly serverUrl: string) {}

  static async create(serverUrl: string): Promise<PostgresDatabase> {
    const database = new PostgresDatabase(serverUrl);
    await database.make();
    return database;
  }

  async make(): Promise<void> {
    await ask(this.serverUrl, `CREATE DATABASE ${this.name}`);
  }

  get url(): string {
    return this.urlThrough(Number(new URL(this.serverUrl).port));
  }

  /** The same database behind a proxy's port on this machine. */
  urlThrough(port: number): string {
    const url = new URL(this.serverUrl);
    url.pathname = this.name;
    url.port = String(port);
    return url.href;
  }

  query<Row extends QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return ask<Row>(this.url, sql, values);
  }

  async countOf(table: string): Promise<number> {
    const [row] = await this.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
    return row?.count ?? 0;
  }

  async drop(): Promise<void> {
    await ask(this.serverUrl, `DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`);
  }
}

/** Over a connection of its own. */
export async function ask<Row extends QueryResultRow>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new Client(new PostgresConnection(url).settings);
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
