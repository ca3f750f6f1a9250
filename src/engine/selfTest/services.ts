/**
 * Job: what answers on this machine while a self-test goes on: sockets of each kind, shared memory.
 * Boundary: nothing of it is reachable from another machine; all of it ends with the test.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type ListenOptions } from 'node:net';
import { join } from 'node:path';
import type { Planted } from './plant.ts';
import { callNumber } from './words.ts';

export interface Services {
  readonly port: number;
  readonly socket: string;
  /** Name of an abstract socket, without its leading NUL. */
  readonly abstract: string;
  /** Name in /dev/shm. */
  readonly shm: string;
  /** Number of a System V segment; '' where it could not be made. */
  readonly segment: string;
  /** The same of a message queue of each kind: its number, its name. */
  readonly queue: string;
  readonly posixQueue: string;
}

/** @param outside the folder of its socket. @param run the run directory, which a neighbour works in */
export async function startServices(
  { outside, run }: Pick<Planted, 'outside' | 'run'>,
  canary: string,
  closing: (() => void)[],
): Promise<Services> {
  const listen = (options: ListenOptions) =>
    new Promise<AddressInfo | string | null>((resolve, reject) => {
      const server = createServer((socket) => socket.destroy());
      closing.push(() => server.close());
      server.once('error', reject);
      server.listen(options, () => {
        resolve(server.address());
      });
    });
  const socket = join(outside, 'socket');
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
  closing.push(startNeighbour(run, canary));
  const segment = madeByIpcmk('-M', '-m', closing);
  const queue = madeByIpcmk('-Q', '-q', closing);
  const posixQueue = madeQueue(`belay-${token}`, closing);
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    socket,
    abstract,
    shm,
    segment,
    queue,
    posixQueue,
  };
}

/** @returns the number that ipcmk printed; '' where it could not be made */
function madeByIpcmk(make: string, remove: string, closing: (() => void)[]): string {
  const args = make === '-M' ? [make, '64'] : [make];
  const number = /\d+/.exec(spawnSync('ipcmk', args, { encoding: 'utf8' }).stdout)?.[0] ?? '';
  closing.push(() => {
    if (number !== '') spawnSync('ipcrm', [remove, number]);
  });
  return number;
}

/** A message queue as POSIX has it, which only a system call makes. */
function madeQueue(name: string, closing: (() => void)[]): string {
  const call = (number: number | null, ...args: string[]) =>
    spawnSync('perl', [
      '-e',
      'exit(syscall(shift() + 0, map { /^\\d+$/ ? $_ + 0 : $_ } @ARGV) >= 0 ? 0 : 1)',
      String(number),
      ...args,
    ]).status === 0;
  const [open, unlink] = [callNumber('MQ_OPEN', process.arch), callNumber('MQ_UNLINK', process.arch)];
  if (open === null || !call(open, name, '66', '384', '0')) return ''; // O_CREAT | O_RDWR, 0600
  closing.push(() => {
    call(unlink, name);
  });
  return name;
}

/** A process of the same user that has a secret in its environment, its folder and its descriptors. */
function startNeighbour(run: string, canary: string): () => void {
  const secret = openSync(join(run, 'secret'), 'r');
  const neighbour = spawn('sleep', ['600'], { cwd: run, env: { SECRET: canary }, stdio: [secret, 'ignore', 'ignore'] });
  closeSync(secret);
  neighbour.on('error', () => undefined); // without it fewer attacks can come through
  return () => {
    neighbour.kill('SIGKILL');
  };
}
