import { beforeEach, describe, expect, it } from '@jest/globals';
import { OrderAttempts, type ReportedAttempt } from '../../../src/application/live/order-attempts.js';
import type { ReplicaReport } from '../../../src/application/ports/replica-reports.js';
import { aHandledOrder, aReport } from '../../support/a-report.js';

let followers: ((report: ReplicaReport) => void)[];
let attempts: OrderAttempts;
beforeEach(() => {
  followers = [];
  attempts = new OrderAttempts({
    follow: (listener) => {
      followers.push(listener);
      return () => followers.splice(followers.indexOf(listener), 1);
    },
  });
});

/** What is told of an order, as `<attempt>@<offset>`. */
function listen(orderId = 'order-1') {
  const told: string[] = [];
  const stop = attempts.listen(orderId, ({ attempt, offset }) => told.push(`${attempt}@${offset}`));
  return { told, stop };
}
const report = (...recent: ReplicaReport['recent']) => {
  for (const follower of followers) follower(aReport({ recent }));
};
const attempt = (number: number) => aHandledOrder({ attempt: number, at: number });

describe('the attempts at an order', () => {
  it('are told once each, the earliest first, with their replica', () => {
    const told: ReportedAttempt[] = [];
    attempts.listen('order-1', (each) => told.push(each));
    report(attempt(2), attempt(1));
    report(attempt(3), attempt(2), attempt(1));

    expect(told).toEqual([1, 2, 3].map((number) => ({ ...attempt(number), replica: 'replica-1' })));
  });

  it('are not those at another order', () => {
    const { told } = listen('order-2');
    report(attempt(1), aHandledOrder({ orderId: 'order-2', offset: '7' }));

    expect(told).toEqual(['1@7']);
  });

  it('count anew when the order is redriven, though the number is the same', () => {
    const { told } = listen();
    report(aHandledOrder({ offset: '43', at: 9 }), aHandledOrder());

    expect(told).toEqual(['1@42', '1@43']);
  });

  it('are told to each that listens, until it ends that', () => {
    const [first, second] = [listen(), listen()];
    report(attempt(1));
    first.stop();
    report(attempt(2));
    first.stop();

    expect([first.told, second.told]).toEqual([['1@42'], ['1@42', '2@42']]);
  });

  it('are followed only while somebody listens', () => {
    const all = [listen(), listen(), listen('order-2')];
    expect(followers).toHaveLength(1);
    for (const { stop } of all) stop();
    expect(followers).toEqual([]);
    listen();

    expect(followers).toHaveLength(1);
  });
});
