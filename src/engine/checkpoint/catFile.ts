/**
 * Job: read objects that are in packs, through one long-lived `git cat-file --batch` on the private store.
 * Boundary: the store only, in an environment without the user's git settings. Started at the first need.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { SerialQueue } from '../../base/queue.ts';
import type { Disposable } from '../../base/disposable.ts';

/** For each git process on the store: nothing of the user's configuration, hooks or repository reaches it. */
export function storeEnvironment(folder: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  return {
    ...Object.fromEntries(kept),
    GIT_DIR: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };
}

interface Answer {
  /** null: git knows no such object. */
  readonly content: Buffer | null;
  readonly type: string;
}

export class CatFile implements Disposable {
  private readonly folder: string;
  private readonly queue = new SerialQueue();
  private child: ChildProcessWithoutNullStreams | null = null;
  private received: Buffer[] = [];
  private arrived: (() => void) | null = null;
  private failure: Error | null = null;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Throws when git can't be started or ends. */
  read(id: string): Promise<Answer> {
    return this.queue.run(() => this.ask(id));
  }

  /** Lets go of the files that it holds open; the next read opens them anew. */
  async letGo(): Promise<void> {
    await this.queue.run(() => {
      const child = this.child;
      this.child = null;
      child?.kill();
      return Promise.resolve();
    });
  }

  dispose(): void {
    const child = this.child;
    this.child = null;
    child?.kill();
    this.failure = new Error('the checkpoint store was closed');
    this.arrived?.();
  }

  private async ask(id: string): Promise<Answer> {
    const child = this.child ?? this.start();
    child.stdin.write(`${id}\n`);
    const header = (await this.line()).toString('latin1');
    const [, type, size] = header.split(' ');
    if (type === undefined || size === undefined) return { content: null, type: 'missing' };
    const content = await this.bytes(Number(size) + 1);
    return { content: content.subarray(0, -1), type };
  }

  private start(): ChildProcessWithoutNullStreams {
    const child = spawn('git', ['cat-file', '--batch'], {
      cwd: this.folder,
      env: storeEnvironment(this.folder),
      stdio: 'pipe',
    });
    const end = (why: string): void => {
      if (this.child !== child) return;
      this.child = null;
      this.failure = new Error(`git cat-file, which reads packed checkpoints, ${why}`);
      this.arrived?.();
    };
    this.received = [];
    this.failure = null;
    child.stdout.on('data', (chunk: Buffer) => {
      this.received.push(chunk);
      this.arrived?.();
    });
    child.stderr.resume();
    child.stdin.on('error', () => undefined); // the child's end is reported by 'close'
    child.on('error', (error) => {
      end(`could not be started: ${error.message}`);
    });
    child.on('close', (code) => {
      end(`ended with ${String(code)}`);
    });
    this.child = child;
    return child;
  }

  private async line(): Promise<Buffer> {
    for (;;) {
      const all = this.gathered();
      const end = all.indexOf(10);
      if (end >= 0) {
        this.received = [all.subarray(end + 1)];
        return all.subarray(0, end);
      }
      await this.more();
    }
  }

  private async bytes(length: number): Promise<Buffer> {
    let have = this.gathered().length;
    while (have < length) {
      const before = this.received.length;
      await this.more();
      for (const chunk of this.received.slice(before)) have += chunk.length;
    }
    const all = this.gathered();
    this.received = [all.subarray(length)];
    return all.subarray(0, length);
  }

  private gathered(): Buffer {
    const only = this.received.length === 1 ? this.received[0] : undefined;
    const all = only ?? Buffer.concat(this.received);
    this.received = [all];
    return all;
  }

  private async more(): Promise<void> {
    if (this.failure) throw this.failure;
    await new Promise<void>((resolve) => {
      this.arrived = resolve;
    });
    this.arrived = null;
  }
}
