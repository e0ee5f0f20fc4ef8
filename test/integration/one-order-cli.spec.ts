import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InMemoryOrderRepository } from '../../src/infrastructure/in-memory/in-memory-order-repository.js';
import { run as runIn } from '../../src/interfaces/cli/program.js';
import { anOrder } from '../support/an-order.js';
import { FakeTerminal } from '../support/fake-terminal.js';
import { KeepingPublisher, startApi, type Api } from '../support/http-fixture.js';

let publisher: KeepingPublisher;
let orders: InMemoryOrderRepository;
let api: Api;
beforeEach(async () => {
  publisher = new KeepingPublisher();
  orders = new InMemoryOrderRepository();
  api = await startApi({ publisher, orders });
});
afterEach(() => api.close());

async function run(command: string, ...words: string[]) {
  const terminal = new FakeTerminal();
  await runIn(['orders', command, '--url', api.url, ...words], terminal);
  return terminal.result;
}
const order = anOrder().withId('order-1');
const ORDER = '{"orderId":"order-1","product":"tea"}';
const LOCATION = '/api/Order/order-1?partition=0&offset=0';
const lastOrder = () =>
  JSON.parse(new TextDecoder().decode(publisher.messages.at(-1)?.value)) as Record<string, unknown>;

describe('orders send', () => {
  it('sends one order, and says where it is found', async () => {
    expect(await run('send', '{"orderId":"order-1","product":"Coffee grinder","quantity":2}')).toEqual({
      code: 0,
      stdout: `order order-1 accepted: ${LOCATION}\n`,
      stderr: '',
    });
    expect(lastOrder()).toMatchObject({ orderId: 'order-1', product: 'Coffee grinder', quantity: 2 });
  });

  it('needs only a product, and prints JSON', async () => {
    const { code, stdout } = await run('send', '{"product":"tea"}', '--json');

    const { orderId } = lastOrder();
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      status: 'Success',
      orderId,
      topic: 'app.order.publish',
      partition: 0,
      offset: '0',
      location: `/api/Order/${String(orderId)}?partition=0&offset=0`,
    });
  });

  it('says what is invalid, and ends with 1', async () => {
    expect(await run('send', '{"product":""}')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'product must not be empty\n',
    });
  });

  it.each([
    ['processed', order.storedProcessed(), 0, 'by replica-1, at attempt 1'],
    ['rejected', { ...order.storedProcessed(), order: order.rejected('sold out') }, 1, 'sold out'],
    ['parked', order.storedParked(), 1, 'see dead letter 3-42'],
  ])('waits until it is %s', async (status, stored, code, how) => {
    const running = run('send', ORDER, '--wait', '20');
    await orders.save(stored);

    expect(await running).toEqual({
      code,
      stdout: `order order-1 is ${status}: ${how}\n`,
      stderr: `order order-1 accepted: ${LOCATION}\n`,
    });
  });

  it('ends with 1 when it is still pending', async () => {
    const { code, stdout } = await run('send', ORDER, '--wait', '1', '--json');

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ orderId: 'order-1', status: 'pending', ahead: 0 });
  });

  it('waits by itself while the service has no room to wait', async () => {
    await api.close();
    api = await startApi({ publisher, orders, maxWaiting: 0 });

    const { code, stdout } = await run('send', ORDER, '--wait', '5');

    expect(code).toBe(1);
    expect(stdout).toMatch(/^order order-1 is pending: 0 ahead, since \d{4}-/);
  });
});

describe('orders status', () => {
  it.each([
    ['its Location', [LOCATION]],
    ['its place', ['order-1', '--partition', '0', '--offset', '0']],
  ])('shows a pending order by %s', async (_what, words) => {
    await run('send', ORDER);

    const { code, stdout } = await run('status', ...words);

    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^orderId +order-1\nstatus +pending\npartition +0\noffset +0\nahead +0\nsince +\d{4}-\S+Z\n$/,
    );
  });

  it('shows a processed order by its id', async () => {
    await orders.save(order.storedProcessed());

    const { stdout } = await run('status', 'order-1', '--json');

    expect(JSON.parse(stdout)).toMatchObject({ orderId: 'order-1', status: 'processed', attempt: 1 });
  });

  it.each([
    ['shop/order-1', ['orderId', 'order-1', 'owner', 'shop']],
    ['/order-1', ['orderId', 'order-1', 'product', 'tea']],
  ])('shows the order of another client by %s', async (id, words) => {
    await orders.save(order.storedProcessed());
    await orders.save(order.withOwner('shop').withProduct('coffee').storedProcessed());

    const { stdout } = await run('status', id);

    expect(stdout.split(/\s+/).slice(0, 4)).toEqual(words);
  });

  it('says how to ask for one that is not found, and ends with 1', async () => {
    const { code, stderr } = await run('status', 'order-1');

    expect(code).toBe(1);
    expect(stderr).toMatch(/^no replica has processed an order 'order-1': .+ask at the Location of its 202/);
  });
});
