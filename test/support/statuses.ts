/** What becomes of so many, one after another. */
export async function statuses(
  count: number,
  ask: () => Promise<{ readonly status: number }>,
): Promise<number[]> {
  const found: number[] = [];
  for (let n = 0; n < count; n++) found.push((await ask()).status);
  return found;
}
export const times = (count: number, status: number) => Array.from({ length: count }, () => status);
