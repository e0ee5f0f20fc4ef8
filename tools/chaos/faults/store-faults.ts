import { Client } from 'pg';
import type { Random } from '../../../packages/delivery/test/simulation/random.js';
import type { Stage } from '../stage.js';
import type { Fault } from './fault.js';

const track = 'store and fulfilment';

/** Reported as a conflict of transactions, when all has been written and is to be made lasting. */
const REFUSE_COMMITS = `
  CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN RAISE EXCEPTION 'refused at the commit' USING ERRCODE = '40001'; END $$;
  CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON order_history
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()`;
const TAKE_COMMITS = 'DROP TRIGGER refuse ON order_history; DROP FUNCTION refuse()';
const END_ALL =
  'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()';

export const storeFaults: readonly Fault[] = [
  { kind: 'restart-store', track, inject: (stage, random) => withoutStore(stage, random, 'down') },
  { kind: 'crash-store', track, inject: (stage, random) => withoutStore(stage, random, 'kill') },
  {
    kind: 'end-store-connections',
    track,
    inject: async (stage, random) => {
      const { database } = stage.service;
      for (let times = random.int(1, 4); times > 0; times--) {
        await database.query(END_ALL, [database.name]);
        await stage.hold(random.int(200, 1_500));
      }
    },
  },
  {
    kind: 'exhaust-store-connections',
    track,
    inject: async (stage, random) => {
      const { database } = stage.service;
      const hoarded: Client[] = [];
      const hoard = async (): Promise<void> => {
        await database.query(END_ALL, [database.name]);
        for (let taken = true; taken;) {
          const client = new Client({ connectionString: stage.postgres.url });
          client.on('error', () => undefined);
          taken = await client.connect().then(
            () => true,
            () => false,
          );
          if (taken) hoarded.push(client);
        }
      };
      try {
        await hoard();
        await stage.hold(random.int(2_000, 4_000));
      } finally {
        await Promise.all(hoarded.map((client) => client.end()));
      }
    },
  },
  {
    kind: 'refuse-commits',
    track,
    inject: async (stage, random) => {
      const { database } = stage.service;
      await database.query(REFUSE_COMMITS);
      await stage.hold(random.int(2_000, 5_000));
      await database.query(TAKE_COMMITS);
    },
  },
  {
    kind: 'drop-store-connections',
    track,
    inject: async (stage, random) => {
      for (let times = random.int(1, 4); times > 0; times--) {
        stage.storeProxy.dropConnections();
        await stage.hold(random.int(100, 1_500));
      }
    },
  },
  {
    kind: 'hang-store',
    track,
    inject: (stage, random) =>
      stage.without('store', random.int(2_000, 8_000), {
        leave: () => stage.storeProxy.hang(),
        come: () => stage.storeProxy.flow(),
      }),
  },
  {
    kind: 'slow-store',
    track,
    inject: async (stage, random) => {
      stage.storeProxy.delayMs = random.int(50, 800);
      await stage.hold(random.int(3_000, 6_000));
      stage.storeProxy.delayMs = 0;
    },
  },
  {
    kind: 'tear-store',
    track,
    inject: async (stage, random) => {
      stage.storeProxy.tear(random.int(1, 8));
      await stage.hold(random.int(1_000, 3_000));
      stage.storeProxy.tear(0);
    },
  },
];

function withoutStore(stage: Stage, random: Random, how: 'down' | 'kill'): Promise<void> {
  return stage.without('store', random.int(500, 6_000), {
    leave: () => stage.postgres[how](),
    come: () => stage.postgres.up(),
  });
}
