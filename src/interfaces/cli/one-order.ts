import { InvalidArgumentError, type Command } from 'commander';
import type { OrderRequest } from '../http/orders/order-dtos.js';
import { printable } from './dead-letter-text.js';
import { ServiceClient, type SentOrder, type ShownOrder } from './service-client.js';
import { print, type CommonOptions, type Terminal } from './terminal.js';

interface SendOptions extends CommonOptions {
  /** `true`: for the time by default. */
  readonly wait?: number | true;
}

interface StatusOptions extends CommonOptions {
  readonly partition?: string;
  readonly offset?: string;
}

const ORDERS = '/api/Order';
const DEFAULT_WAIT_S = 30;
const MAX_WAIT_S = 3_600;
/** As long as the service waits for one request. */
const LONGEST_WAIT_S = 30;
const RETRY_MS = 1_000;
const LOCATION = /^\/api\/Order\/([A-Za-z0-9._:-]{1,64})(\?partition=\d{1,10}&offset=\d{1,19})?$/;
/** Its owner first, where it is another client's. */
const WHOLE_ID = /^(?:([\x21-\x7e]{0,128})\/)?(?!\.{1,2}$)([A-Za-z0-9._:-]{1,64})$/;
const SEND_EXAMPLES = `
Examples:
  npm run orders -- send '{"product":"Coffee grinder","quantity":2}'
  npm run orders -- send '{"orderId":"order-1001","product":"tea"}' --wait`;
const STATUS_EXAMPLES = `
Examples:
  npm run orders -- status order-1001
  npm run orders -- status shop/order-1001
  npm run orders -- status order-1001 --partition 3 --offset 142
  npm run orders -- status '/api/Order/order-1001?partition=3&offset=142'`;

/** The commands about one order. */
export function addOneOrderCommands(program: Command, terminal: Terminal): void {
  const send = program.command('send').summary('send one order');
  send
    .description(
      'Sends one order. With --wait it waits until the order is completed, and ends with 1 when it was rejected or parked, or is still pending.',
    )
    .argument('<order>', 'a JSON object, such as {"product":"tea"}', parseOrder)
    .option(
      '--wait [seconds]',
      `wait until it is completed, for so long at most; ${DEFAULT_WAIT_S} if not said`,
      parseWait,
    )
    .action((order: OrderRequest, options: SendOptions) => sendOrder(order, options, terminal))
    .addHelpText('after', SEND_EXAMPLES);

  const status = program.command('status').summary('show what became of an order');
  status
    .description('Shows what became of an order. One that is pending is found only with its place.')
    .argument(
      '<order>',
      'its id, such as order-1001, or shop/order-1001 of the client shop, or the Location of its 202',
      parseLocation,
    )
    .option('--partition <n>', 'where it lies', parseNumber(10))
    .option('--offset <n>', 'where it lies', parseNumber(19))
    .action((location: string, options: StatusOptions) => showOrder(location, options, status, terminal))
    .addHelpText('after', STATUS_EXAMPLES);
}

async function sendOrder(order: OrderRequest, options: SendOptions, terminal: Terminal): Promise<void> {
  const { wait } = options;
  const client = new ServiceClient(options);
  const sent = await client.sendOrder(order);
  const accepted = `order ${printable(sent.orderId)} accepted: ${printable(sent.location)}`;
  if (wait === undefined) {
    print(terminal, options, sent, [accepted]);
    return;
  }
  terminal.stderr.write(`${accepted}\n`);
  const found = await awaitOrder(client, sent, wait === true ? DEFAULT_WAIT_S : wait, terminal);
  print(terminal, options, found, [outcome(found)]);
  if (found.status !== 'processed') terminal.exitCode = 1;
}

/** Asks again and again, as long as the service waits for one request only. */
async function awaitOrder(
  client: ServiceClient,
  { location }: SentOrder,
  waitS: number,
  { wait }: Terminal,
): Promise<ShownOrder> {
  for (let leftS = waitS; ;) {
    const askedS = Math.min(leftS, LONGEST_WAIT_S);
    const { order, hasWaited } = await client.awaitOrder(location, askedS);
    leftS -= hasWaited ? askedS : RETRY_MS / 1_000;
    if (order.status !== 'pending' || leftS <= 0) return order;
    if (!hasWaited) await wait(RETRY_MS);
  }
}

async function showOrder(
  location: string,
  options: StatusOptions,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const { partition, offset } = options;
  if ((partition === undefined) !== (offset === undefined))
    return command.error('error: --partition and --offset go together');
  const [path = '', query] = location.split('?');
  const asked = new URLSearchParams(query);
  if (partition !== undefined) asked.set('partition', partition);
  if (offset !== undefined) asked.set('offset', offset);
  const order = await new ServiceClient(options).findOrder(`${path}?${asked.toString()}`);
  print(terminal, options, order, orderText(order));
}

/** `order o-1 is processed: by replica-4, at attempt 1` */
function outcome(order: ShownOrder): string {
  return printable(`order ${order.orderId} is ${order.status}: ${circumstances(order)}`);
}

function circumstances(order: ShownOrder): string {
  switch (order.status) {
    case 'pending':
      return `${order.ahead} ahead, since ${order.since}`;
    case 'processed':
      return `by ${order.replica}, at attempt ${order.attempt}`;
    case 'rejected':
      return order.rejectionReason ?? '';
    case 'parked':
      return `see dead letter ${order.partition}-${order.offset}`;
  }
}

/** All that is known of it. */
function orderText(order: ShownOrder): string[] {
  const entries = Object.entries(order);
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${name.padEnd(width)}  ${printable(String(value))}`);
}

/** As a line of an import. What it says is checked by the service. */
function parseOrder(text: string): OrderRequest {
  let order: unknown;
  try {
    order = JSON.parse(text);
  } catch {
    order = undefined;
  }
  if (typeof order === 'object' && order !== null && !Array.isArray(order)) return order as OrderRequest;
  throw new InvalidArgumentError('It must be a JSON object.');
}

/** Returns its path, with its place or its owner when that is said. */
function parseLocation(text: string): string {
  if (LOCATION.test(text)) return text;
  const [, owner, id] = WHOLE_ID.exec(text) ?? [];
  if (id !== undefined)
    return `${ORDERS}/${id}${owner === undefined ? '' : `?${new URLSearchParams({ owner }).toString()}`}`;
  throw new InvalidArgumentError(
    'It must be an id, such as order-1001 or shop/order-1001, or a Location such as /api/Order/order-1001?partition=3&offset=142.',
  );
}

function parseWait(text: string): number {
  if (/^[1-9]\d*$/.test(text) && Number(text) <= MAX_WAIT_S) return Number(text);
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_WAIT_S}.`);
}

function parseNumber(maxDigits: number) {
  return (text: string): string => {
    if (/^\d+$/.test(text) && text.length <= maxDigits) return text;
    throw new InvalidArgumentError(`It must be a whole number of ${maxDigits} digits at most.`);
  };
}
