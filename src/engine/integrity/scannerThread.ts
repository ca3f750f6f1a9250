/**
 * Job: the engine's side of the scanner: starts it when it is first needed, asks file by file, ends it when it hangs.
 * Boundary: knows no checkpoint.
 * Rules: B3 a file that takes longer than limits.scanWallMs ends the thread; the next one starts a new one. A thread that fails
 *   fails what it was asked, and nothing else.
 */
import { Worker } from 'node:worker_threads';
import { messageOf } from '../../base/assert.ts';
import { SerialQueue } from '../../base/queue.ts';
import { limits } from '../../run/limits.ts';
import type { FileFindings } from './findings.ts';
import type { FileToScan, FromScanner, ScannerData, ToScanner } from './scanner.ts';

/** Why a file was not looked through; the message is for a person. */
export class ScanFailed extends Error {
  override readonly name = 'ScanFailed';
}

interface Running {
  readonly worker: Worker;
  readonly eligible: number;
}

export class ScannerThread {
  private readonly script: string;
  private readonly data: ScannerData;
  private readonly wallMs: number;
  private readonly queue = new SerialQueue();
  private running: Running | null = null;
  private lastId = 0;

  /** @param script the scanner's bundle, or `scanner.ts` */
  constructor(script: string, data: ScannerData, wallMs: number = limits.scanWallMs) {
    this.script = script;
    this.data = data;
    this.wallMs = wallMs;
  }

  /** How many cases' outputs say enough to be told. @throws ScanFailed */
  eligible(): Promise<number> {
    return this.queue.run(async () => (await this.started()).eligible);
  }

  /** @throws ScanFailed */
  find(file: FileToScan): Promise<FileFindings> {
    return this.queue.run(async () => {
      const { worker } = await this.started();
      const id = ++this.lastId;
      worker.postMessage({ id, file } satisfies ToScanner);
      const said = await this.answer(worker, file.path);
      if (said.kind !== 'found' || said.id !== id)
        throw new ScanFailed(`${file.path}: the scanner answered something else`);
      return said.findings;
    });
  }

  async close(): Promise<void> {
    const worker = this.running?.worker;
    this.running = null;
    await worker?.terminate();
  }

  private async started(): Promise<Running> {
    if (this.running !== null) return this.running;
    const worker = new Worker(this.script, {
      workerData: this.data,
      resourceLimits: { maxOldGenerationSizeMb: limits.scannerMemoryMb },
    });
    worker.unref();
    const said = await this.answer(worker, 'the visible suite');
    if (said.kind !== 'ready') throw new ScanFailed('the scanner did not begin as it should');
    return (this.running = { worker, eligible: said.eligible });
  }

  /** The next thing that it says; it is gone when it fails or says nothing in time. */
  private async answer(worker: Worker, what: string): Promise<FromScanner> {
    const { promise, resolve, reject } = Promise.withResolvers<FromScanner>();
    const fail = (why: string) => {
      this.running = null;
      void worker.terminate();
      reject(new ScanFailed(`${what} was not looked through: ${why}`));
    };
    const failed = (error: unknown) => {
      fail(messageOf(error));
    };
    const ended = () => {
      fail('the scanner ended');
    };
    const deadline = setTimeout(() => {
      fail(`it took longer than ${String(this.wallMs / 1000)} s`);
    }, this.wallMs);
    worker.once('message', resolve).once('error', failed).once('exit', ended);
    try {
      return await promise;
    } finally {
      clearTimeout(deadline);
      worker.off('message', resolve).off('error', failed).off('exit', ended);
    }
  }
}
