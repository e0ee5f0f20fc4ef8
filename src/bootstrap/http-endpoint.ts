import type { HttpServer } from '../interfaces/http/server/http-server.js';
import type { HttpConfig } from './config/config.js';

/** The HTTP server, where the configuration says. */
export class HttpEndpoint {
  constructor(
    private readonly server: HttpServer,
    private readonly config: HttpConfig,
  ) {}

  /** Returns the port, which the system chose for 0. */
  async listen(): Promise<number> {
    const { host, port, serves } = this.config;
    try {
      return await this.server.listen(port, host);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
      const variable = serves === 'health' ? 'HEALTH_PORT' : 'PORT';
      throw new Error(`${host}:${port} is in use: set ${variable} to another port`, { cause });
    }
  }

  close(deadlineMs: number): Promise<void> {
    return this.server.close(deadlineMs);
  }
}
