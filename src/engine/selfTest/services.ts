/**
 * Job: what answers on this machine while a self-test goes on: sockets of each kind, shared memory.
 * Boundary: nothing of it is reachable from another machine; all of it ends with the test.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type ListenOptions } from 'node:net';
import { join } from 'node:path';

export interface Services {
  readonly port: number;
  readonly socket: string;
  /** Name of an abstract socket, without its leading NUL. */
  readonly abstract: string;
  /** Name in /dev/shm. */
  readonly shm: string;
  /** Number of a System V segment; '' where it could not be made. */
  readonly segment: string;
}

export async function startServices(folder: string, canary: string, closing: (() => void)[]): Promise<Services> {
  const listen = (options: ListenOptions) =>
    new Promise<AddressInfo | string | null>((resolve, reject) => {
      const server = createServer((socket) => socket.destroy());
      closing.push(() => server.close());
      server.once('error', reject);
      server.listen(options, () => {
        resolve(server.address());
      });
    });
  const socket = join(folder, 'socket');
  const token = randomBytes(6).toString('hex');
  const abstract = `belay-${token}`;
  const address = await listen({ host: '127.0.0.1', port: 0 });
  await listen({ path: socket });
  await listen({ path: `\0${abstract}` });
  const shm = `belay-${token}`;
  writeFileSync(`/dev/shm/${shm}`, canary);
  closing.push(() => {
    rmSync(`/dev/shm/${shm}`, { force: true });
  });
  const made = spawnSync('ipcmk', ['-M', '64'], { encoding: 'utf8' });
  const segment = /\d+/.exec(made.stdout)?.[0] ?? '';
  closing.push(() => {
    if (segment !== '') spawnSync('ipcrm', ['-m', segment]);
  });
  return { port: typeof address === 'object' ? (address?.port ?? 0) : 0, socket, abstract, shm, segment };
}
