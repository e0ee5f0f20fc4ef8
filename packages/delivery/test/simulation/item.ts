import type { ReceivedRecord } from '../../src/engine/record-source.js';
import type { LoggedMessage } from './model-log.js';

/** What the dependency does with an item: the item says so itself. */
export const BEHAVIOURS = {
  quick: 'quick',
  rejected: 'rejected',
  failsTwice: 'fails twice',
  failsAlways: 'fails always',
  /** It alone makes the dependency look unavailable. */
  unavailableAlways: 'unavailable always',
  /** Longer than the session, shorter than an attempt may take. */
  slow: 'slow',
  neverEnds: 'never ends',
} as const;

/** What a record says. Its id is the record's key. */
export interface Item {
  readonly id: string;
  readonly behaviour: string;
  readonly quantity: number;
}

/** A record that is no item. */
export class InvalidItem extends Error {
  override readonly name = 'InvalidItem';
}

const utf8 = new TextEncoder();

/** What an item is, beside its id, as the history says it. */
export function content({ behaviour, quantity }: Item): string {
  return `${quantity} ${behaviour}`;
}

export function encodeItem(item: Item): LoggedMessage {
  return { key: utf8.encode(item.id), value: utf8.encode(JSON.stringify(item)), headers: {} };
}

/** @throws InvalidItem */
export function decodeItem({ value }: ReceivedRecord): Item {
  const fields = parse(value);
  if (typeof fields !== 'object' || fields === null) throw new InvalidItem('no object');
  const { id, behaviour, quantity } = fields as Partial<Record<keyof Item, unknown>>;
  const isItem = typeof id === 'string' && typeof behaviour === 'string' && typeof quantity === 'number';
  if (!isItem || quantity < 1) throw new InvalidItem('no item');
  return { id, behaviour, quantity };
}

function parse(value: Uint8Array | null): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value ?? undefined));
  } catch (cause) {
    throw new InvalidItem('no JSON', { cause });
  }
}
