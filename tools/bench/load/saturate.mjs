// POSTs as fast as so many connections go, for so many seconds, orders without ids or with so many in turn; prints what
// came of it as JSON
import autocannon from 'autocannon';

const [url, connections, seconds, ids, headers] = process.argv.slice(2);
const order = { product: 'Espresso machine', quantity: 2 };
let sent = 0;
const startedAt = Date.now();
const result = await autocannon({
  url,
  connections: Number(connections),
  duration: Number(seconds),
  method: 'POST',
  headers: { 'content-type': 'application/json', ...JSON.parse(headers) },
  body: JSON.stringify(order),
  ...(Number(ids) > 0 && { requests: [{ setupRequest: withId }] }),
});
const { latency, errors, timeouts } = result;
console.log(
  JSON.stringify({
    startedAt,
    endedAt: Date.now(),
    accepted: result['2xx'],
    refused: result.non2xx + errors + timeouts,
    p50: latency.p50,
    p99: latency.p99,
  }),
);

function withId(request) {
  const orderId = `order-${sent++ % Number(ids)}`;
  return { ...request, body: JSON.stringify({ orderId, ...order }) };
}
