/**
 * Job: which task file the person means.
 * Boundary: looks, and reads nothing.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from './args.ts';

/** The file itself, or the `belay.json` of a folder. @throws UsageError */
export async function taskFileAt(path: string): Promise<string> {
  const stats = await stat(path).catch(() => null); // absent or closed to us: the same advice
  if (!stats) throw new UsageError(`${path} is not there: name a folder with a belay.json, or the file`);
  if (!stats.isDirectory()) return path;
  const file = join(path, 'belay.json');
  if (await stat(file).catch(() => null)) return file;
  throw new UsageError(`${path} has no belay.json`);
}
