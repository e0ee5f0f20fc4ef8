/**
 * What `work` gives, unless `deadline` comes first: then it rejects, and `work` goes on unheard. Deadlines are on the clock
 * of `performance.now()`, which nobody sets.
 */
export async function before<T>(deadline: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error('no answer in time'));
    }, deadline - performance.now());
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
