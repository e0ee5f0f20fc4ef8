// POSTs as fast as so many connections go, for so many seconds; prints what came of it as JSON
import autocannon from 'autocannon';

const [url, connections, seconds] = process.argv.slice(2);
const startedAt = Date.now();
const result = await autocannon({
  url,
  connections: Number(connections),
  duration: Number(seconds),
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ product: 'Espresso machine', quantity: 2 }),
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
