import { createServer } from 'node:http';

/** What was processed in this process, for whoever measures it; `completed` has ids and times since the last request. */
let processed = 0;
let completed = [];
const keepsTimes = process.env.KEEP_TIMES === 'on';

export const REPLICAS = Number(process.env.REPLICAS ?? 5);
export const [MIN_WORK_MS, MAX_WORK_MS = MIN_WORK_MS] = (process.env.WORK_MS ?? '0').split('-').map(Number);

export function done(orderId) {
  processed++;
  if (keepsTimes) completed.push([orderId, performance.timeOrigin + performance.now()]);
}

/** Takes as long as fulfilment does. */
export async function work() {
  if (MAX_WORK_MS === 0) return;
  const ms = MIN_WORK_MS + Math.random() * (MAX_WORK_MS - MIN_WORK_MS);
  await new Promise((resolve) => setTimeout(resolve, ms));
}

createServer((_request, response) => {
  response.end(JSON.stringify({ processed, completed }));
  completed = [];
}).listen(Number(process.env.DONE_PORT), '127.0.0.1');
