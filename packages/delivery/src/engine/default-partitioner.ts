const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/**
 * The partition that Kafka's default partitioner gives a key: murmur2, made positive, modulo the partitions. Without a
 * key any partition will do.
 * @see https://github.com/apache/kafka/blob/4.3.0/clients/src/main/java/org/apache/kafka/common/utils/Utils.java
 */
export function partitionForKey(key: string | Uint8Array | null, partitions: number): number {
  if (key === null) return Math.floor(Math.random() * partitions);
  return (murmur2(typeof key === 'string' ? Buffer.from(key) : key) & 0x7fffffff) % partitions;
}

function murmur2(data: Uint8Array): number {
  const length = data.length;
  const view = new DataView(data.buffer, data.byteOffset, length);
  let hash = SEED ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let k = Math.imul(view.getInt32(at, true), M);
    k ^= k >>> 24;
    hash = Math.imul(hash, M) ^ Math.imul(k, M);
  }
  if (at < length) {
    for (let last = length - 1; last >= at; last--) hash ^= view.getUint8(last) << (8 * (last - at));
    hash = Math.imul(hash, M);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, M);
  return hash ^ (hash >>> 15);
}
