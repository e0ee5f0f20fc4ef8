import { describe, expect, it } from '@jest/globals';
import type { PublishFailed, PublishedMessage } from '../../src/engine/publisher.js';
import { TopicSender } from '../../src/kafka/topic-sender.js';
import { ManualTimers } from '../support/manual-timers.js';
import { ModelBrokers, type Choose } from './model-brokers.js';
import { Random } from './random.js';

const { SENDER_HISTORIES = '1500' } = process.env;
const TIMEOUT_MS = 120_000 + 50 * Number(SENDER_HISTORIES);

interface Sent {
  readonly key: string;
  readonly partition: number;
  readonly outcome: PublishedMessage | PublishFailed['outcome'];
  /** After it was appended. */
  readonly settledAfterMs: number;
}

interface Workload {
  readonly deadlineMs: number;
  readonly partitions: number;
  /** When each message comes, in ms, and for which partition. */
  readonly messages: readonly (readonly [at: number, partition: number])[];
}

/** Plays a history until nothing more can happen, and returns what is wrong with it. */
async function play({ deadlineMs, partitions, messages }: Workload, choose: Choose): Promise<string[]> {
  const timers = new ManualTimers();
  const brokers = new ModelBrokers(partitions, timers, choose);
  const settings = { topic: 'orders', deadlineMs, maxBatchBytes: 1_000 };
  const sender = new TopicSender(settings, brokers, timers, () => Promise.resolve());
  const sent: Sent[] = [];
  messages.forEach(([at, partition], index) => {
    const key = `message-${index}`;
    const append = async () => {
      const message = { key, value: new Uint8Array(1), headers: {} };
      const startedAt = timers.now();
      const outcome = await sender
        .append(message, 400, () => partition)
        .catch((error: unknown) => (error as PublishFailed).outcome);
      sent.push({ key, partition, outcome, settledAfterMs: timers.now() - startedAt });
    };
    timers.after(at, () => void append());
  });
  await timers.pass(60_000);
  return faultsOf(sent, messages.length, deadlineMs, brokers);
}

/** What was confirmed is there once, at its place and in its order; what was not sent is not; the rest is there once at most. */
function faultsOf(sent: readonly Sent[], count: number, deadlineMs: number, brokers: ModelBrokers): string[] {
  const faults = sent.length === count ? [] : [`${count - sent.length} messages were never settled`];
  for (const { key, partition, outcome, settledAfterMs } of sent) {
    const log = brokers.log.get(partition) ?? [];
    const places = log.flatMap((each, offset) => (each === key ? [String(offset)] : []));
    const isRight =
      outcome === 'not-sent'
        ? places.length === 0
        : outcome === 'unknown'
          ? places.length <= 1
          : places.length === 1 && places[0] === outcome.offset && partition === outcome.partition;
    if (!isRight) faults.push(`${key}: ${JSON.stringify(outcome)}, but it is at [${places.join()}]`);
    if (settledAfterMs > deadlineMs) faults.push(`${key} was settled after ${settledAfterMs} ms`);
  }
  for (const partition of brokers.log.keys()) {
    const confirmed = sent.filter((each) => each.partition === partition && typeof each.outcome === 'object');
    const offsets = confirmed
      .sort((one, other) => numberOf(one.key) - numberOf(other.key))
      .map(({ outcome }) => Number((outcome as PublishedMessage).offset));
    if (offsets.some((offset, index) => offset <= (offsets[index - 1] ?? -1)))
      faults.push(`partition ${partition} has ${offsets.join()} out of order`);
  }
  return faults;
}

const numberOf = (key: string): number => Number(key.split('-')[1]);

/** Takes the choices given; from then on nothing goes wrong, and no connection ever. Keeps how many there were to choose from. */
class Choices {
  readonly arities: number[] = [];

  constructor(private readonly given: readonly number[]) {}

  readonly choose: Choose = (choices, of) => {
    if (of === 'connection') return 0;
    this.arities.push(choices);
    return this.given[this.arities.length - 1] ?? 0;
  };
}

/** The choices after these: as counting does, with the latest first, of the first `depth`. */
function following(
  given: readonly number[],
  arities: readonly number[],
  depth: number,
): number[] | undefined {
  const next = Array.from({ length: depth }, (_, index) => given[index] ?? 0);
  for (let index = Math.min(depth, arities.length) - 1; index >= 0; index--) {
    const choice = next[index] ?? 0;
    if (choice + 1 < (arities[index] ?? 0)) return [...next.slice(0, index), choice + 1];
  }
  return undefined;
}

describe('the sender of a topic among models of brokers', () => {
  it(
    'confirms nothing wrong, whatever happens to its first requests',
    async () => {
      const times = [0, 0, 1_000, 2_450, 2_600, 6_000] as const;
      const messages = times.map((at) => [at, 0] as const);
      const workload = { deadlineMs: 2_500, partitions: 1, messages };
      let histories = 0;
      let given: number[] | undefined = [];
      while (given !== undefined) {
        const choices = new Choices(given);
        const faults = await play(workload, choices.choose);
        expect({ choices: given, faults }).toEqual({ choices: given, faults: [] });
        histories++;
        given = following(given, choices.arities, 6);
      }

      expect(histories).toBeGreaterThan(1_000);
    },
    TIMEOUT_MS,
  );

  it(
    'confirms nothing wrong in many histories at random',
    async () => {
      for (let seed = 1; seed <= Number(SENDER_HISTORIES); seed++) {
        const random = new Random(seed);
        const [partitions, trouble] = [random.int(1, 4), random.next() * 0.5];
        const messages = Array.from({ length: random.int(1, 40) }, () => {
          return [random.int(0, 12_000), random.int(0, partitions - 1)] as const;
        }).sort(([one], [other]) => one - other);
        const choose: Choose = (choices) => (random.chance(trouble) ? random.int(1, choices - 1) : 0);

        expect({ seed, faults: await play({ deadlineMs: 4_500, partitions, messages }, choose) }).toEqual({
          seed,
          faults: [],
        });
      }
    },
    TIMEOUT_MS,
  );
});
