import { setFlagsFromString } from 'node:v8';
import closeWithGrace from 'close-with-grace';
import { WinstonLogger } from '../infrastructure/logging/winston-logger.js';
import { watchEventLoop } from '../infrastructure/system/event-loop-watch.js';
import { banner } from './banner.js';
import { loadOrExit } from './config/environment.js';
import { loadConfig } from './config/load-config.js';
import { waysOf } from './modules/access.module.js';
import { createContainer } from './container.js';
import { startTelemetry } from './start-telemetry.js';
import { TOKENS } from './tokens.js';

const config = loadOrExit(loadConfig);
const { role, messaging, store, http } = config;
const logger = WinstonLogger.create(config.log);
// V8 lets a heap grow to four times of what is in use; in memory nearly all that is old is garbage within a second.
// 1,000,000 orders took 369 MB at their peak without this, and take 216 MB with it.
if (messaging.kind === 'in-memory') setFlagsFromString('--heap-growing-percent=40');
const telemetry = await startTelemetry(config, logger);
const onFatal = (error: Error) => {
  // thrown where nothing catches it: then it ends the process as any other failure does
  setImmediate(() => {
    throw error;
  });
};
const container = createContainer(config, logger, onFatal, telemetry);
const service = container.get(TOKENS.service);

const { sessionTimeoutMs } = config.consumer.group;
watchEventLoop((blockedMs) => {
  // from the session time-out on, the replica has lost its partitions
  logger.warn('the event loop was blocked', { blockedMs, sessionTimeoutMs });
});

process.on('SIGUSR2', () => {
  logger.switchDebug();
});
closeWithGrace({ delay: config.shutdownMs, logger: false, skip: ['SIGUSR2'] }, async ({ signal, err }) => {
  if (err !== undefined) logger.error('the process ends after a failure', { error: err });
  else logger.info('stopping', { signal });
  await service.stop();
  await telemetry.stop();
  logger.info('stopped');
});

const scheme = http?.certificate === undefined ? 'http' : 'https';
const port = await service.listen();
logger.info('listening', { role, port, ...(scheme === 'https' && { scheme }) });
if (await service.start()) {
  const auth = waysOf(config.access);
  logger.info('ready', { role, messaging: messaging.kind, store: store.kind, auth });
  if (role === 'all' && http !== undefined && port !== undefined)
    process.stdout.write(banner(scheme, http.host, port, auth));
}
