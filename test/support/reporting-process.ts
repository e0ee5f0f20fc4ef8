import type { Feed } from '@order-service/delivery';
import { silentLogger } from '../../packages/delivery/src/contract/silent-logger.js';
import { DeliveryReplicaCommands } from '../../src/infrastructure/delivery/delivery-replica-commands.js';
import { DeliveryReplicaReports } from '../../src/infrastructure/delivery/delivery-replica-reports.js';

const GROUP = { topic: 'topic', group: 'group' };

/** The ports of reports and commands on a feed. */
export function reportingProcess(feed: Feed) {
  return {
    reports: new DeliveryReplicaReports(feed, GROUP, silentLogger),
    commands: new DeliveryReplicaCommands(feed, GROUP, silentLogger),
  };
}
