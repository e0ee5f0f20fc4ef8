import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Partitioners, type PartitionMetadata } from 'kafkajs';
import { partitionForKey } from '../../../src/engine/default-partitioner.js';

describe('the partition of a key', () => {
  it.each([
    // from Kafka's own UtilsTest.testMurmur2, made positive, modulo 1000
    ['21', (-973932308 & 0x7fffffff) % 1000],
    ['foobar', (-790332482 & 0x7fffffff) % 1000],
    ['a-little-bit-long-string', (-985981536 & 0x7fffffff) % 1000],
    ['a-little-bit-longer-string', (-1486304829 & 0x7fffffff) % 1000],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', (-58897971 & 0x7fffffff) % 1000],
  ])('is the one that Kafka’s own client gives %j', (key, partition) => {
    expect(partitionForKey(key, 1000)).toBe(partition);
  });

  it('is the one that kafkajs’ default partitioner gives, for any key and number of partitions', () => {
    const kafkajs = Partitioners.DefaultPartitioner();
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1 }),
        fc.integer({ min: 1, max: 50 }),
        (key, count) => {
          const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
            partitionId,
            leader: 1,
          })) as PartitionMetadata[];
          const expected = kafkajs({
            topic: 't',
            partitionMetadata,
            message: { key: Buffer.from(key), value: null },
          });
          expect(partitionForKey(key, count)).toBe(expected);
        },
      ),
    );
  });
});
