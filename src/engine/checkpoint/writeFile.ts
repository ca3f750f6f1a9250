/**
 * Job: a file of the workspace on disk, content and mode, durable when it returns.
 * Boundary: which file, and whether it may be touched, is the rollback's to say.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Makes a new file; throws EEXIST where something stands. */
export async function writeFileSynced(path: string | Buffer, content: Buffer, mode: number): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Never follows a link. */
export async function setFileMode(path: string | Buffer, mode: number): Promise<void> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}
