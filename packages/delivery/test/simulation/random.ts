// by names of their own: a lookup through `Math` costs more than the sum, where tests run in a context
const { floor, imul } = Math;

/** Numbers out of a seed: the same seed, the same numbers, on every machine. */
export class Random {
  constructor(private state: number) {}

  /** At least 0, below 1. A splitmix32 step; an arrow, as it is handed on by itself. */
  readonly next = (): number => {
    this.state = (this.state + 0x9e3779b9) | 0;
    let mixed = this.state ^ (this.state >>> 16);
    mixed = imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };

  /** A whole number, both ends included. */
  int(min: number, max: number): number {
    return min + floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.int(0, choices.length - 1)] ?? choices[0];
  }

  /** Numbers of their own, so that one part of a history doesn't change with how many another one draws. */
  fork(): Random {
    return new Random(floor(this.next() * 2 ** 32));
  }
}
