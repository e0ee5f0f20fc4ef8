import type { Feed } from '@order-service/delivery';
import { silentLogger } from '../../packages/delivery/src/contract/silent-logger.js';
import { DeliveryReplicaCommands } from '../../src/infrastructure/delivery/delivery-replica-commands.js';
import { DeliveryReplicaReports } from '../../src/infrastructure/delivery/delivery-replica-reports.js';

const GROUP = { topic: 'topic', group: 'group' };

/** The ports of reports and commands, each on a feed of its own. */
export function reportingProcess(feedOf: (name: 'status' | 'commands') => Feed) {
  return {
    reports: new DeliveryReplicaReports(feedOf('status'), GROUP, silentLogger),
    commands: new DeliveryReplicaCommands(feedOf('commands'), GROUP, silentLogger),
  };
}
