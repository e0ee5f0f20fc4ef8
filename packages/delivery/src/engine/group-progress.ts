import { decodeProgress } from './commit-metadata.js';
import type { RecordStanding } from './messaging.js';
import { countOffsets } from './offset-range.js';
import type { CommittedPosition } from './record-source.js';

/** How many records before `end` are not completed, as a commit says. */
export const pendingBefore = (end: bigint, committed: CommittedPosition): number =>
  groupProgress(committed)(end).ahead;

/** Tells of offsets of a partition whether they are completed, and how many before them are not, as a commit says. */
export function groupProgress({
  position,
  metadata,
}: CommittedPosition): (offset: bigint) => Pick<RecordStanding, 'isCompleted' | 'ahead'> {
  const { completed } = decodeProgress(position, metadata);
  return (offset) => {
    const isCompleted = offset < position || completed.some(({ from, to }) => from <= offset && offset < to);
    if (isCompleted) return { isCompleted, ahead: 0 };
    const before = completed.filter(({ to }) => to <= offset);
    return { isCompleted, ahead: Number(offset - position) - countOffsets(before) };
  };
}
