import { setFlagsFromString } from 'node:v8';
import closeWithGrace from 'close-with-grace';
import { watchEventLoop } from '../infrastructure/system/event-loop-watch.js';
import { banner } from './banner.js';
import { createContainer } from './container.js';
import { loadedConfig, loggerOf } from './config/environment.js';
import { Service } from './service.js';

const config = loadedConfig();
const logger = loggerOf(config);
// V8 lets a heap grow to four times of what is in use; in memory nearly all that is old is garbage within a second.
// 1,000,000 orders took 369 MB at their peak without this, and take 216 MB with it.
if (config.MESSAGING === 'in-memory') setFlagsFromString('--heap-growing-percent=40');
const service = new Service(
  createContainer(config, logger, (error) => {
    // thrown where nothing catches it: then it ends the process as any other failure does
    setImmediate(() => {
      throw error;
    });
  }),
);

watchEventLoop(config.SESSION_TIMEOUT_MS, logger);

closeWithGrace({ delay: config.SHUTDOWN_MS, logger: false }, async ({ signal, err }) => {
  if (err !== undefined) logger.error('the process ends after a failure', { error: err });
  else logger.info('stopping', { signal });
  await service.stop();
  logger.info('stopped');
});

const port = await service.listen();
logger.info('listening', { role: config.ROLE, port });
if (await service.start()) {
  logger.info('ready', { role: config.ROLE, messaging: config.MESSAGING, store: config.STORE });
  if (config.ROLE === 'all' && port !== undefined) process.stdout.write(banner(config, port));
}
