import { connect } from 'node:net';

const METADATA = 3;
const VERSION = 2;
const REQUEST = Buffer.alloc(18);
REQUEST.writeInt32BE(14, 0); // the length of what follows
REQUEST.writeInt16BE(METADATA, 4);
REQUEST.writeInt16BE(VERSION, 6);
REQUEST.writeInt32BE(1, 8); // correlation id
REQUEST.writeInt16BE(-1, 12); // no client id
REQUEST.writeInt32BE(0, 14); // no topics

export interface LiveBrokers {
  readonly clusterId: string;
  readonly nodeIds: readonly number[];
}

/**
 * What the broker on this port of 127.0.0.1 holds for alive, asked with one Metadata request.
 * Rejects when it does not respond within `timeoutMs`.
 */
export function askLiveBrokers(port: number, timeoutMs: number): Promise<LiveBrokers> {
  return new Promise((resolve, reject) => {
    let response = Buffer.alloc(0);
    const socket = connect(port, '127.0.0.1', () => socket.write(REQUEST));
    const timer = setTimeout(
      () => socket.destroy(new Error(`No response within ${timeoutMs} ms`)),
      timeoutMs,
    );
    socket.on('data', (chunk) => {
      response = Buffer.concat([response, chunk]);
      if (response.length < 4 || response.length < 4 + response.readInt32BE(0)) return;
      resolve(decode(response));
      socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      reject(new Error(`The broker on port ${port} closed the connection`));
    });
  });
}

/** Frame: length, correlation id, an array of (node id, host, port, rack or null), cluster id. */
function decode(response: Buffer): LiveBrokers {
  const nodeIds: number[] = [];
  let at = 12;
  for (let left = response.readInt32BE(8); left > 0; left--) {
    nodeIds.push(response.readInt32BE(at));
    at += 4;
    at += 2 + response.readInt16BE(at) + 4;
    at += 2 + Math.max(0, response.readInt16BE(at));
  }
  const clusterId = response.toString('utf8', at + 2, at + 2 + Math.max(0, response.readInt16BE(at)));
  return { clusterId, nodeIds };
}
