import { systemTimers, type Feed } from '@order-service/delivery';
import { ContainerModule, type ServiceIdentifier } from 'inversify';
import { AskReplica } from '../../application/live/ask-replica.js';
import { LivePicture } from '../../application/live/live-picture.js';
import { OrderAttempts } from '../../application/live/order-attempts.js';
import { StartReplica } from '../../application/live/start-replica.js';
import type { LiveService } from '../../application/live/live-view.js';
import { REPLICA_ACTIONS, type ReplicaCommands } from '../../application/ports/replica-commands.js';
import type { ReplicaReports } from '../../application/ports/replica-reports.js';
import { DeliveryGroupLag } from '../../infrastructure/delivery/delivery-group-lag.js';
import { DeliveryReplicaCommands } from '../../infrastructure/delivery/delivery-replica-commands.js';
import { DeliveryReplicaReports } from '../../infrastructure/delivery/delivery-replica-reports.js';
import { LauncherReplicaStarter } from '../../infrastructure/system/launcher-replica-starter.js';
import { SIMULATED_PRODUCTS } from '../../infrastructure/fulfilment/simulated-products.js';
import { LiveController } from '../../interfaces/http/live/live-controller.js';
import { LiveStreams } from '../../interfaces/http/live/live-streams.js';
import { ReplicaController } from '../../interfaces/http/live/replica-controller.js';
import type { OrderConsumer } from '../../interfaces/messaging/order-consumer.js';
import { ReplicaReporter } from '../../interfaces/messaging/replica-reporter.js';
import type { Config, PageConfig } from '../config/config.js';
import { CLOSING_MS } from '../config/limits.js';
import { LivePage, type LivePageParts } from '../live-page.js';
import type { Replicas } from '../replicas.js';
import { TOKENS } from '../tokens.js';

type Page = Extract<PageConfig, { kind: 'on' }>;

const token = <T>(name: string): ServiceIdentifier<T> => Symbol(name);
const STATUS = token<Feed>('status');
const ASKED = token<Feed>('asked');
const REPORTS = token<ReplicaReports>('reports');
const COMMANDS = token<ReplicaCommands>('commands');
const PICTURE = token<LivePicture>('picture');
const STREAMS = token<LiveStreams>('streams');
const NO_STREAMS = token<undefined>('noStreams');
const PAGE = token<LivePage>('page');

/** The live page: reports of the replicas, what an API makes of them, and commands the other way. */
export function pageModule(config: Config, page: Page): ContainerModule {
  const { topic } = config.messaging;
  const { groupId } = config.consumer.group;
  const of = { topic, group: groupId };
  const servesApi = config.http?.serves === 'api';
  return new ContainerModule(({ bind }) => {
    const { messaging, deadLetters, replicas, logger, clock, ids, onFatal } = TOKENS;
    bind(STATUS).toResolvedValue((m) => m.feed(page.status), [messaging]);
    bind(ASKED).toResolvedValue((m) => m.feed(page.commands), [messaging]);
    bind(REPORTS).toResolvedValue((f, l) => new DeliveryReplicaReports(f, of, l), [STATUS, logger]);
    bind(COMMANDS).toResolvedValue((f, l) => new DeliveryReplicaCommands(f, of, l), [ASKED, logger]);
    bind(TOKENS.newReporter).toResolvedValue(
      (reports) => (replica: string) => new ReplicaReporter(replica, reports, systemTimers, Date.now),
      [REPORTS],
    );
    bind(TOKENS.orderAttempts).toResolvedValue((reports) => new OrderAttempts(reports), [REPORTS]);
    bind(PICTURE).toResolvedValue(
      (reports, m, deadLetters, log) => {
        const sources = { reports, group: new DeliveryGroupLag(m, groupId), deadLetters };
        return new LivePicture(liveService(config, page), sources, log, Date.now);
      },
      [REPORTS, messaging, deadLetters, logger],
    );
    bind(STREAMS).toResolvedValue((picture, i) => new LiveStreams(picture, i.next()), [PICTURE, ids]);
    bind(LiveController)
      .toResolvedValue((s) => new LiveController(s), [STREAMS])
      .inTransientScope();

    bind(PAGE).toResolvedValue(
      (streams, ofProcess, commands, m, onFailure, log) =>
        new LivePage({
          streams,
          replicas: ofProcess,
          commands,
          ends: (consumer) => endsOf(consumer, ofProcess, config, page),
          isUnavailable: (error) => m.isUnavailable(error),
          onFatal: onFailure,
          logger: log,
        }),
      [servesApi ? STREAMS : NO_STREAMS, replicas, COMMANDS, messaging, onFatal, logger],
    );
    bind(NO_STREAMS).toConstantValue(undefined);
    bind(TOKENS.page).toService(PAGE);
    const starterOf = (own: LivePage) => (config.role === 'all' ? own : new LauncherReplicaStarter());
    bind(ReplicaController)
      .toResolvedValue(
        (picture, commands, c, own, log) =>
          new ReplicaController(
            new AskReplica(picture, commands, c),
            new StartReplica(starterOf(own), log),
            actionsOf(config, page),
          ),
        [PICTURE, COMMANDS, clock, PAGE, logger],
      )
      .inTransientScope();
  });
}

/** Nothing is reported, and nobody watches. */
export const noPageModule = new ContainerModule(({ bind }) => {
  bind(TOKENS.newReporter).toConstantValue(() => undefined);
  bind(TOKENS.orderAttempts).toConstantValue({ listen: () => () => undefined });
  bind(TOKENS.page).toConstantValue({ begin: () => undefined, end: () => undefined });
});

/** A replica that has its process for itself ends with it. */
function endsOf(
  consumer: OrderConsumer,
  replicas: Replicas,
  { role, consumer: { replicas: names }, shutdownMs }: Config,
  { actions }: Page,
): ReturnType<LivePageParts['ends']> {
  if (actions !== 'all') return undefined;
  if (role === 'consumer' && names.length === 1) {
    return (how) => process.kill(process.pid, how === 'stop' ? 'SIGTERM' : 'SIGKILL');
  }
  return (how) => void replicas.end(consumer, how === 'stop' ? shutdownMs - CLOSING_MS : 0);
}

function actionsOf({ role }: Config, { actions }: Page): LiveService['actions'] {
  if (actions === 'none') return [];
  if (actions === 'pausing') return ['pause', 'resume'];
  const canStart = role === 'all' || LauncherReplicaStarter.hasLauncher;
  return canStart ? [...REPLICA_ACTIONS, 'start'] : REPLICA_ACTIONS;
}

function liveService(config: Config, page: Page): LiveService {
  const { role, messaging, store, consumer, fulfilment } = config;
  return {
    role,
    messaging: messaging.kind,
    store: store.kind,
    topic: messaging.topic,
    group: consumer.group.groupId,
    actions: actionsOf(config, page),
    products: fulfilment.kind === 'simulated' ? SIMULATED_PRODUCTS : [],
    links: page.akhqUrl === undefined ? {} : { akhq: page.akhqUrl },
  };
}
