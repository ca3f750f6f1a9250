/**
 * Job: remember what this window has asked, so that its answer is not told as another window's.
 * Boundary: pure.
 */

/** Remembers a question while it is asked and once it was granted; a refused one is forgotten. */
export async function askedHere<T>(set: Set<number>, key: number, ask: () => Promise<T>): Promise<T> {
  set.add(key);
  try {
    return await ask();
  } catch (error) {
    set.delete(key);
    throw error;
  }
}
