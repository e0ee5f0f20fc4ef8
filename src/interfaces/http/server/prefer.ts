/** A longer header is ignored. */
const MAX_LENGTH = 256;
/** What lies between commas that are not in quotes. */
const PREFERENCES = /(?:[^,"]|"(?:[^"\\]|\\.)*")+/g;
const WAIT = /^wait\s*=\s*(?:"(\d{1,9})"|(\d{1,9}))\s*(?:;.*)?$/i;

/**
 * How many whole seconds a client prefers to wait for its response, `maxS` at most; `undefined` when it doesn't say, or in a way
 * that is not valid. Of several the first counts. @see https://www.rfc-editor.org/rfc/rfc7240
 */
export function preferredWaitS(header: string | undefined, maxS: number): number | undefined {
  if (header === undefined || header.length > MAX_LENGTH) return undefined;
  const preferences = header.match(PREFERENCES)?.map((preference) => preference.trim());
  const [, quoted, plain] =
    WAIT.exec(preferences?.find((each) => /^wait\s*(?:[=;]|$)/i.test(each)) ?? '') ?? [];
  const seconds = Number(quoted ?? plain ?? 0);
  return seconds > 0 ? Math.min(seconds, maxS) : undefined;
}
