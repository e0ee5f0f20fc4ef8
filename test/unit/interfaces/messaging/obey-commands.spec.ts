import { describe, expect, it } from '@jest/globals';
import { RecordingLogger } from '../../../../packages/delivery/test/support/recording-logger.js';
import {
  REPLICA_ACTIONS,
  type ReplicaAction,
  type ReplicaCommand,
} from '../../../../src/application/ports/replica-commands.js';
import { obeyCommands, type ObedientReplica } from '../../../../src/interfaces/messaging/obey-commands.js';

const ASKED = { replica: 'here-1', askedBy: 'Ada', askedAt: 0, correlationId: 'c-1' };

function obeying(without: readonly ReplicaAction[] = []) {
  const done: ReplicaAction[] = [];
  const logger = new RecordingLogger();
  let ask: (command: ReplicaCommand) => void = () => undefined;
  const can = (action: ReplicaAction) => ({ [action]: () => done.push(action) });
  const actions = REPLICA_ACTIONS.filter((each) => !without.includes(each)).map(can);
  const replica = Object.assign({ replica: 'here-1' }, ...actions) as ObedientReplica;
  const listen = (_replica: string, listener: (command: ReplicaCommand) => void) => {
    ask = listener;
    return () => undefined;
  };
  obeyCommands(replica, { listen }, logger);
  return { done, logger, ask: (action: ReplicaAction) => ask({ ...ASKED, action }) };
}

describe('a replica', () => {
  it.each(REPLICA_ACTIONS)('does as it is asked, and says who asked: %s', (action) => {
    const { done, logger, ask } = obeying();
    ask(action);

    expect(done).toEqual([action]);
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { askedBy: 'Ada', correlationId: 'c-1' } }]);
  });

  it.each(['stop', 'kill'] as const)('that may not be ended says so, and goes on: %s', (action) => {
    const { done, logger, ask } = obeying(['stop', 'kill']);
    ask(action);

    expect(done).toEqual([]);
    expect(logger.lines).toMatchObject([
      { level: 'warn', message: 'the replica does not end for whoever asks', fields: { action } },
    ]);
  });
});
