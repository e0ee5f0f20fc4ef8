import fc from 'fast-check';

const utf8 = new TextEncoder();

export const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.string({ unit: 'binary', maxLength: 100 }).map((text) => utf8.encode(text)),
  fc.json().map((text) => utf8.encode(text)),
);

/** Some of it is removed, added, or overwritten. */
export const anyMutation = (original: Uint8Array) =>
  fc
    .array(fc.tuple(fc.nat(original.length), fc.nat(4), fc.uint8Array({ maxLength: 4 })), { maxLength: 3 })
    .map((edits) =>
      edits.reduce(
        (all, [at, removed, added]) =>
          Buffer.concat([all.subarray(0, at), added, all.subarray(at + removed)]),
        Buffer.from(original),
      ),
    );

export const anyHeaders = (names: readonly string[]) =>
  fc
    .array(fc.tuple(fc.oneof(fc.constantFrom(...names, '__proto__', 'constructor'), fc.string()), anyBytes))
    .map((entries) => Object.fromEntries(entries));
