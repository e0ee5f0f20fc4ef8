import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Feed } from '@order-service/delivery';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import type { ReplicaCommand, ReplicaCommands } from '../../src/application/ports/replica-commands.js';
import type { ReplicaReport, ReplicaReports } from '../../src/application/ports/replica-reports.js';
import { aReport, partitions } from '../support/a-report.js';

/** The ports as one process has them. */
export interface ReportingProcess {
  readonly reports: ReplicaReports;
  readonly commands: ReplicaCommands;
}

export interface ReportingTests {
  /** Two processes of one group; in memory they are one. */
  readonly here: ReportingProcess;
  readonly there: ReportingProcess;
  /** The same topics, where somebody writes whatever it likes. */
  readonly feedOf: (name: 'status' | 'commands') => Feed;
  close(): Promise<void>;
}

const COMMAND: ReplicaCommand = {
  replica: 'replica-1',
  action: 'pause',
  askedBy: 'Ada',
  askedAt: 5,
  correlationId: 'c',
};

/** What replicas report, and what they are asked for, from process to process. */
export function replicaReportsContract(start: () => Promise<ReportingTests>): void {
  let tests: ReportingTests;
  beforeEach(async () => {
    tests = await start();
  });
  afterEach(() => tests.close());

  /** What a process sees of the reports, once it is sure to see any. */
  const following = async ({ reports }: ReportingProcess) => {
    const seen: ReplicaReport[] = [];
    reports.follow((each) => seen.push(each));
    await waitFor('a report', () => {
      tests.here.reports.report(aReport({ replica: 'first' }));
      return seen.length > 0;
    });
    return () => seen.filter(({ replica }) => replica !== 'first');
  };

  describe('a report', () => {
    it('comes as it was to everybody who follows', async () => {
      const here = await following(tests.here);
      const there = await following(tests.there);
      const report = aReport({
        partitions: partitions(0, 3),
        completionTimes: [0, 2],
        circuitBreaker: 'why',
      });
      tests.here.reports.report(report);
      for (const seen of [here, there]) {
        await waitFor('the report', () => seen().length > 0);
        expect(seen()).toEqual([report]);
      }
    });

    it('of many the newest comes at least, and it costs whoever reports nothing', async () => {
      const seen = await following(tests.there);
      const startedAt = performance.now();
      for (let n = 0; n <= 1_000; n++) tests.here.reports.report(aReport({ at: n }));
      expect(performance.now() - startedAt).toBeLessThan(1_000);
      await waitFor('the newest', () => seen().at(-1)?.at === 1_000);
    });

    it('is left out when it is none, whatever somebody wrote, and the others come', async () => {
      const seen = await following(tests.there);
      const hostile = ['', 'null', '{}', '{"replica":"replica-1"}', '\u0000', '[', '"x"', '1e999'];
      const feed = tests.feedOf('status');
      for (const text of hostile) await feed.append('replica-1', Buffer.from(text));
      await feed.append('replica-1', new Uint8Array(32 * 1024).fill(0xff));
      tests.here.reports.report(aReport({ at: 77 }));
      await waitFor('the report', () => seen().length > 0);
      expect(seen().map(({ at }) => at)).toEqual([77]);
    });
  });

  describe('a command', () => {
    it('comes to the replica of that name alone, wherever it runs', async () => {
      const got: string[] = [];
      const note = (what: string) => (command: ReplicaCommand) => {
        if (command.correlationId === 'c') got.push(`${what} ${command.action} by ${command.askedBy}`);
        else ready.add(what);
      };
      const ready = new Set<string>();
      tests.there.commands.listen('replica-1', note('one'));
      tests.here.commands.listen('replica-2', note('two'));
      await waitFor('both listen', async () => {
        for (const replica of ['replica-1', 'replica-2']) {
          await tests.here.commands.ask({ ...COMMAND, replica, correlationId: 'first' });
        }
        return ready.size === 2;
      });
      await tests.here.commands.ask(COMMAND);
      await tests.there.commands.ask({ ...COMMAND, replica: 'replica-2', action: 'resume' });
      await waitFor('both commands', () => got.length === 2);
      expect(got.toSorted()).toEqual(['one pause by Ada', 'two resume by Ada']);
    });

    it('is refused when nobody takes it', async () => {
      await tests.close();
      await expect(tests.here.commands.ask(COMMAND)).rejects.toMatchObject({ name: 'ReplicasUnreachable' });
    });
  });
}
