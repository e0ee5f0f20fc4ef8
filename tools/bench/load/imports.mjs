// sends so many imports at once, each one request that goes on for so many seconds; prints how many orders were accepted as JSON
import { once } from 'node:events';
import { Agent, request } from 'node:http';

const [url, imports, seconds] = process.argv.slice(2);
const LINE = `${JSON.stringify({ product: 'Espresso machine', quantity: 2 })}\n`;
const block = Buffer.from(LINE.repeat(1_000));
const agent = new Agent();

async function importFor(ms) {
  const headers = { 'content-type': 'application/x-ndjson' };
  const sending = request(url, { method: 'POST', headers, agent });
  const responding = once(sending, 'response');
  const until = performance.now() + ms;
  while (performance.now() < until) {
    if (!sending.write(block)) await once(sending, 'drain');
  }
  sending.end();
  const [response] = await responding;
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  const { summary } = JSON.parse(text.trimEnd().split('\n').at(-1));
  if (!summary.complete) throw new Error(summary.problem.detail);
  return summary.accepted;
}

const startedAt = performance.now();
const accepted = await Promise.all(
  Array.from({ length: Number(imports) }, () => importFor(Number(seconds) * 1_000)),
);
const total = accepted.reduce((sum, each) => sum + each, 0);
console.log(JSON.stringify({ perSecond: (total * 1_000) / (performance.now() - startedAt) }));
