let topics = 0;

/** Of no other test, in whatever process. */
export function newTopicName(): string {
  return `topic-${process.pid}-${Date.now().toString(36)}-${++topics}`;
}
