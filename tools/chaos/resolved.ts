import type { Violation } from '../../packages/delivery/test/simulation/chaos-rules.js';
import type { Place } from '../../packages/delivery/test/simulation/history.js';
import type { ChaosHistory, Operation } from './chaos-history.js';

const named = ({ partition, offset }: Place) => `${partition}@${offset}`;

/** What is redriven is processed or dead-lettered again, what is discarded is neither, and all others are listed. */
export function findWronglyResolved(history: ChaosHistory): Violation[] {
  const { operations } = history;
  const sure = operations.filter(({ answer }) => answer === 'success');
  const redriven = sure.filter(({ action }) => action === 'redrive');
  const mayBeRedriven = new Set(
    operations.flatMap(({ action, orderId }) => (action === 'redrive' ? [orderId] : [])),
  );
  const discarded = sure.filter(({ action, orderId }) => action === 'discard' && !mayBeRedriven.has(orderId));
  return [...lost(history, redriven), ...processed(history, discarded), ...wronglyListed(history)];
}

function lost({ log, effects, letters }: ChaosHistory, redriven: readonly Operation[]): Violation[] {
  const places = new Set(letters.map(named));
  const done = new Set(effects.filter(({ status }) => status !== 'parked').map(({ orderId }) => orderId));
  return redriven.flatMap(({ orderId = '', redriveCount = 0 }) => {
    const again = log.filter(
      (record) => record.order?.orderId === orderId && (record.redriveCount ?? 0) > redriveCount,
    );
    if (again.length === 0) return [lose(`order ${orderId} was redriven, and is not in the topic again`)];
    if (done.has(orderId) || again.some((record) => places.has(named(record)))) return [];
    return [lose(`order ${orderId} was redriven, and is neither processed nor dead-lettered again`)];
  });
}

const lose = (text: string): Violation => ({ rule: 'no loss', text });

function processed({ effects }: ChaosHistory, discarded: readonly Operation[]): Violation[] {
  const ids = new Set(discarded.map(({ orderId }) => orderId));
  return effects
    .filter(({ orderId, status }) => status !== 'parked' && ids.has(orderId))
    .map(({ orderId, status }) => ({
      rule: 'no phantom',
      text: `order ${orderId} is ${status}, and was discarded`,
    }));
}

function wronglyListed({ letters, operations, listed }: ChaosHistory): Violation[] {
  if (listed === undefined) return [{ rule: 'live', text: 'the dead letters could not be listed' }];
  const all = new Set(letters.map(named)).size;
  const sum = (count: (operation: Operation) => number) =>
    operations.reduce((total, operation) => total + count(operation), 0);
  const [least, most] = [all - sum(({ atMost }) => atMost), all - sum(({ resolved }) => resolved)];
  if (listed < least) return [lose(`${listed} dead letters are listed, of at least ${least}`)];
  if (listed <= most) return [];
  return [{ rule: 'no phantom', text: `${listed} dead letters are listed, of at most ${most}` }];
}
