import { describe } from '@jest/globals';
import { InMemoryMessaging } from '@order-service/delivery/in-memory';
import { silentLogger } from '../../packages/delivery/src/contract/silent-logger.js';
import { reportingProcess } from '../support/reporting-process.js';
import { replicaReportsContract } from './replica-reports.contract.js';

describe('in memory', () => {
  replicaReportsContract(() => {
    const messaging = new InMemoryMessaging({ topic: 'topic', partitions: 1 }, silentLogger);
    const feed = messaging.feed({ topic: 'status' });
    const process = reportingProcess(feed);
    return Promise.resolve({ here: process, there: process, feed, close: () => messaging.stop() });
  });
});
