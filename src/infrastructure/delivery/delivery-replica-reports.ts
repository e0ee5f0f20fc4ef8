import { failureText, type Feed } from '@order-service/delivery';
import type { Logger } from '../../application/ports/logger.js';
import type { ReplicaReport, ReplicaReports } from '../../application/ports/replica-reports.js';
import { decodeReport, encodeReport, type ReplicaGroup } from './replica-report-json.js';

/** On a feed of the delivery library, in Kafka or in memory. The key of a report is the replica. */
export class DeliveryReplicaReports implements ReplicaReports {
  constructor(
    private readonly feed: Feed,
    private readonly group: ReplicaGroup,
    private readonly logger: Logger,
  ) {}

  report(report: ReplicaReport): void {
    void this.feed.append(report.replica, encodeReport(report, this.group));
  }

  follow(listener: (report: ReplicaReport) => void): () => void {
    return this.feed.follow(({ key, value }) => {
      const report = this.decode(key, value);
      if (report !== undefined) listener(report);
    });
  }

  private decode(key: string, value: Uint8Array): ReplicaReport | undefined {
    try {
      const report = decodeReport(value, this.group);
      if (report !== undefined && report.replica !== key) throw new Error(`it is of '${report.replica}'`);
      return report;
    } catch (error) {
      const reason = failureText(error).slice(0, 500);
      this.logger.debug('what is no report of a replica was left out', { key: key.slice(0, 100), reason });
      return undefined;
    }
  }
}
