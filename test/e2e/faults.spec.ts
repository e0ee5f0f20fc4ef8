import { afterEach, expect, it } from '@jest/globals';
import { LOG_LINES } from '../../tools/log-lines.js';
import { chooseVictim, freezeUntilReplaced, kill, restartEachConsumer } from '../support/faults.js';
import {
  databaseUrl,
  describeWithKafkaAndPostgres,
  kafkaBrokers,
} from '../../packages/delivery/test/support/requirements.js';
import { FaultScenario, type FaultScenarioOptions } from '../support/fault-scenario.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';

/** What two cores can do besides six processes that start one after another. */
const PER_SECOND = 50;
/** Shorter than by default, so that the tests wait less for a session to end. */
const SHORT_SESSION = { SESSION_TIMEOUT_MS: '6000', REBALANCE_DRAIN_MS: '2500' };
/** So that an order takes less than the drain on a busy machine, too. */
const LONG_DRAIN = { SESSION_TIMEOUT_MS: '20000', REBALANCE_DRAIN_MS: '9000' };
/** So that a replica has orders in flight whenever it is killed or frozen. */
const LONG_WORK = { min: 200, max: 1_000 };

describeWithKafkaAndPostgres(
  'five consumer processes under load lose nothing and process nothing twice',
  () => {
    let running: FaultScenario | undefined;
    const start = async (options: FaultScenarioOptions = {}) => {
      running = await FaultScenario.start(
        { brokers: kafkaBrokers, databaseUrl },
        { perSecond: PER_SECOND, ...options },
      );
      return running;
    };
    afterEach(async () => {
      await running?.stop();
      running = undefined;
    });

    it('when each is stopped and started again, with 5 % poison of each kind, and next to nothing is redelivered', async () => {
      const scenario = await start({ environment: LONG_DRAIN });
      scenario.isPoisoned = true;
      expect(await restartEachConsumer(scenario.service)).toEqual([0, 0, 0, 0, 0]);
      await scenario.load.more(100);

      const { violations, redelivered, notAccepted, letters, orders } = await scenario.outcome();
      expect({ violations, notAccepted }).toEqual({ violations: [], notAccepted: 0 });
      // none, as `npm run guarantees` measures, where no order takes longer than the drain; other suites use the cores meanwhile
      expect(redelivered.length).toBeLessThan(orders.length / 50);
      const named = (each: { partition: number; offset: number | string; reason?: string }) =>
        `${each.partition}@${each.offset} ${each.reason}`;
      expect(letters.map(named).sort()).toEqual(scenario.rogueProducer.puts.map(named).sort());
    }, 180_000);

    it('when the API is replaced, and every request is answered with 202', async () => {
      const scenario = await start({ consumers: 1 });
      await scenario.load.more(100);
      expect(await scenario.service.replaceApi()).toBe(0);
      await scenario.load.more(100);

      const { violations, notAccepted } = await scenario.outcome();
      expect({ violations, notAccepted }).toEqual({ violations: [], notAccepted: 0 });
    }, 90_000);

    it('when one is killed and started again under its id, which the others do not notice', async () => {
      const scenario = await start({ workMs: LONG_WORK });
      const { service, load } = scenario;
      await load.more(100);
      const assignedBefore = service.log.lines(LOG_LINES.partitionsAssigned).length;
      const victim = await chooseVictim(service);
      await kill(victim);
      await service.addConsumer(victim.consumer.name);
      await service.settled();
      await load.more(100);

      expect((await scenario.outcome()).violations).toEqual([]);
      const rejoined = service.log.lines(LOG_LINES.partitionsAssigned).slice(assignedBefore);
      expect(rejoined.map(({ process }) => process)).toEqual([victim.consumer.name]);
    }, 120_000);

    it('when one is killed for good, and another takes its partition over', async () => {
      const scenario = await start({ workMs: LONG_WORK, environment: SHORT_SESSION });
      const { service, load } = scenario;
      await load.more(100);
      const victim = await chooseVictim(service);
      const hasWorked = () =>
        service.log.lines(LOG_LINES.processed).some(({ process }) => process === victim.consumer.name);
      await waitFor('an order that the victim processed', hasWorked);
      await kill(victim);
      await service.settled();
      await load.more(100);

      const { violations, effects } = await scenario.outcome();
      expect(violations).toEqual([]);
      const replicas = effects.filter(({ partition }) => partition === victim.partition);
      expect(new Set(replicas.map(({ replica }) => replica)).size).toBe(2);
    }, 120_000);

    it('when one freezes for longer than its session, and wakes up after others have its partition', async () => {
      const scenario = await start({ workMs: LONG_WORK, environment: SHORT_SESSION });
      const { service, load } = scenario;
      await load.more(200);
      const victim = await chooseVictim(service);
      await freezeUntilReplaced(service, victim);
      await load.more(100);
      await service.settled();

      expect((await scenario.outcome()).violations).toEqual([]);
    }, 120_000);
  },
);
