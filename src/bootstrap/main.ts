import { existsSync } from 'node:fs';
import closeWithGrace from 'close-with-grace';
import { WinstonLogger } from '../infrastructure/logging/winston-logger.js';
import { banner } from './banner.js';
import { InvalidConfig, loadConfig, type Config } from './config.js';
import { createContainer } from './container.js';
import { Service } from './service.js';

if (existsSync('.env')) process.loadEnvFile('.env');
const config = configOrExit();
const logger = WinstonLogger.create({
  level: config.LOG_LEVEL,
  format: config.LOG_FORMAT ?? (config.MESSAGING === 'in-memory' ? 'pretty' : 'json'),
});

const service = new Service(
  createContainer(config, logger, (error) => {
    // thrown where nothing catches it: then it ends the process as any other failure does
    setImmediate(() => {
      throw error;
    });
  }),
);

closeWithGrace({ delay: config.SHUTDOWN_MS, logger: false }, async ({ signal, err }) => {
  if (err !== undefined) logger.error('the process ends after a failure', { error: err });
  else logger.info('stopping', { signal });
  await service.stop();
  logger.info('stopped');
});

const port = await service.listen();
logger.info('listening', { role: config.ROLE, port });
await service.start();
logger.info('ready', { role: config.ROLE, messaging: config.MESSAGING, store: config.STORE });
if (config.ROLE === 'all' && port !== undefined) process.stdout.write(banner(config, port));

function configOrExit(): Config {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
