/** Makes ids that are valid order ids. */
export interface IdGenerator {
  /** A new id, unique, sortable by time. */
  next(): string;
  /** The same id for the same key, on every machine; another one for another key. */
  derivedFrom(key: string): string;
}
