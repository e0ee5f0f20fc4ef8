import { describe } from '@jest/globals';
import { InMemoryMessaging } from '@order-service/delivery/in-memory';
import { silentLogger } from '../../packages/delivery/src/contract/silent-logger.js';
import { reportingProcess } from '../support/reporting-process.js';
import { replicaReportsContract } from './replica-reports.contract.js';

describe('in memory', () => {
  replicaReportsContract(() => {
    const messaging = new InMemoryMessaging({ topic: 'topic', partitions: 1 }, silentLogger);
    const feedOf = (topic: string) => messaging.feed({ topic });
    const process = reportingProcess(feedOf);
    return Promise.resolve({ here: process, there: process, feedOf, close: () => messaging.stop() });
  });
});
