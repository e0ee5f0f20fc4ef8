import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheFolder } from '../dev-servers/cache-folder.js';

const run = promisify(execFile);

/** What serves HTTP in front of the same code. */
export type SpringServer = 'tomcat' | 'webflux';

const SERVERS: readonly SpringServer[] = ['tomcat', 'webflux'];
const PROJECT = fileURLToPath(new URL('systems/spring/pom.xml', import.meta.url));
const BUILT_WITHIN_MS = 300_000;

/** The services on Spring Boot, built with Maven into the cache folder. Rejects where there is no Maven. */
export async function buildSpringJars(): Promise<ReadonlyMap<SpringServer, string>> {
  const jars = new Map<SpringServer, string>();
  for (const server of SERVERS) {
    const folder = join(cacheFolder(), 'bench', server);
    const args = [
      '--quiet',
      '--batch-mode',
      '--file',
      PROJECT,
      `-P${server}`,
      `-Dfolder=${folder}`,
      'package',
    ];
    await run('mvn', args, { timeout: BUILT_WITHIN_MS });
    jars.set(server, join(folder, 'orders.jar'));
  }
  return jars;
}
