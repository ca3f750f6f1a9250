/**
 * Job: one sandbox that stays, in which `caseSupervisor.pl` runs one case after another in namespaces of its own.
 * Boundary: one case at a time; how a case ended is in its outcome, and what to do when the sandbox itself ends is the caller's.
 * Rules: H2 masks and allowlist are those of any sandbox. H5 see caseSupervisor.pl; expectations never come here. B3 what passes
 *   a bound is ended with its namespace, and the whole sandbox where that does not help.
 */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { assert } from '../../base/assert.ts';
import { pathBytes } from '../checkpoint/paths.ts';
import { CommandWatch, reasonFor } from './commandWatch.ts';
import { descendantsOf, endSandbox } from './descendants.ts';
import { FrameReader, frameOf, listOf } from './frames.ts';
import { cleanEnvironment, kernelLimits, maskedOfProc, temporaryBytes } from './profile.ts';
import { startSealedProcess } from './sealedProcess.ts';
import { inside, type CasesShape, type CommandLimits, type CommandOutcome, type EndedBy } from './shape.ts';

const readyMs = 10_000;
/** How long the supervisor may take to end a case, or itself. */
const endMs = 3_000;
const saidChars = 400;

export interface WarmSandboxOptions {
  /** bubblewrap. */
  readonly program: string;
  readonly shape: CasesShape;
  /** Names at the top of the build, as in checkpoint/paths.ts, linked into a folder in memory. */
  readonly entries: readonly string[];
  readonly limits: CommandLimits;
}

export interface CaseCommand {
  readonly command: readonly string[];
  readonly stdin: string;
  readonly env: Readonly<Record<string, string>>;
  /** A prepared folder in `shape.folders`; null: one in memory. */
  readonly folder: string | null;
  readonly signal: AbortSignal;
}

/** There can be no such sandbox here; the message is for a person, without a full stop. */
export class WarmSandboxFailed extends Error {
  override readonly name = 'WarmSandboxFailed';
}

interface Running {
  readonly number: string;
  readonly watch: CommandWatch;
  failure: { readonly of: string; readonly why: string } | null;
  readonly settle: (exitCode: number | null) => void;
}

export class WarmSandbox {
  private readonly options: WarmSandboxOptions;
  private readonly child: ChildProcess;
  private readonly frames = new FrameReader();
  private readonly gone: Promise<void>;
  /** bubblewrap's and the supervisor's own. */
  private own = new Set<number>();
  private ended = false;
  /** It ends by itself after this case, whose trace it could not take away. */
  private last = false;
  private said = '';
  private used = 0;
  private count = 0;
  private running: Running | null = null;
  private started: PromiseWithResolvers<undefined> | null = Promise.withResolvers<undefined>();

  /** @throws WarmSandboxFailed, SandboxRefused */
  static async start(options: WarmSandboxOptions): Promise<WarmSandbox> {
    const sandbox = new WarmSandbox(options);
    const late = setTimeout(() => {
      sandbox.said ||= `it was not ready after ${String(readyMs / 1000)} s`;
      sandbox.kill();
    }, readyMs);
    try {
      await sandbox.started?.promise;
    } finally {
      clearTimeout(late);
    }
    sandbox.own = new Set(descendantsOf(sandbox.child.pid ?? 0));
    return sandbox;
  }

  private constructor(options: WarmSandboxOptions) {
    this.options = options;
    const { program, shape } = options;
    this.child = startSealedProcess({ program, shape, command: ['perl', '-'], input: true });
    this.child.stdin?.on('error', () => undefined); // its end is told by 'close'
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.receive(chunk);
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.said = (this.said + chunk.toString('utf8')).slice(0, saidChars);
    });
    this.child.on('error', (error) => (this.said ||= error.message));
    this.gone = new Promise((resolve) => {
      this.child.on('close', () => {
        this.over();
        resolve();
      });
    });
    this.child.stdin?.write(supervisor());
  }

  /** Whether another case can run here. */
  get usable(): boolean {
    return !this.ended && !this.last;
  }

  /** CPU time that its cases have used until now, ms; of the one that runs nothing yet. */
  get cpuMs(): number {
    return this.used;
  }

  /** Runs one case to its end. null: the sandbox ended meanwhile, of its own accord; nothing is known of the case. */
  async run(command: CaseCommand): Promise<CommandOutcome | null> {
    assert(this.running === null, 'one case at a time');
    if (!this.usable) return null;
    const { limits, shape } = this.options;
    const number = String(++this.count);
    const { promise, resolve } = Promise.withResolvers<number | null>();
    const watch = new CommandWatch({
      limits,
      signal: command.signal,
      members: () => descendantsOf(this.child.pid ?? 0).filter((pid) => !this.own.has(pid)),
      over: () => this.ended,
      end: () => {
        this.child.stdin?.write(frameOf(['end', number]));
        watch.later(endMs, () => {
          this.kill();
        });
      },
    });
    const running: Running = { number, watch, failure: null, settle: resolve };
    this.running = running;
    const env = Object.entries({ ...cleanEnvironment(shape.toolchains), PWD: inside.case, ...command.env }).flat();
    const folder = command.folder === null ? '' : basename(command.folder);
    this.child.stdin?.write(frameOf(['run', number, folder, command.stdin, listOf(env), listOf(command.command)]));
    if (command.signal.aborted) watch.stop('abort');
    const exitCode = await promise;
    this.running = null;
    const kept = watch.finish();
    if (exitCode === null && watch.endedBy === 'exit') return null;
    return { ...endingOf(watch.endedBy, exitCode, running.failure, limits), ...kept, sealed: true };
  }

  /** Resolves when all of it has ended. */
  async end(): Promise<void> {
    this.child.stdin?.end();
    const late = setTimeout(() => {
      this.kill();
    }, endMs);
    await this.gone;
    clearTimeout(late);
  }

  private kill(): void {
    if (!this.ended && this.child.pid !== undefined) endSandbox(this.child.pid);
  }

  private over(): void {
    this.ended = true;
    this.running?.settle(null);
    const why = this.said.trim();
    this.started?.reject(new WarmSandboxFailed(why === '' ? 'the supervisor of cases did not start' : why));
    this.started = null;
  }

  private receive(chunk: Buffer): void {
    let frames: Buffer[][];
    try {
      frames = this.frames.push(chunk);
    } catch {
      this.kill(); // only something that broke the supervisor speaks so
      return;
    }
    for (const [word, number, ...rest] of frames) this.take(String(word), String(number), rest);
  }

  private take(word: string, number: string, [first, second, third]: readonly Buffer[]): void {
    if (word === 'begun') {
      this.child.stdin?.write(setupOf(this.options));
      return;
    }
    if (word === 'ready') {
      this.started?.resolve(undefined);
      this.started = null;
      return;
    }
    if (this.started !== null) {
      this.said ||= String(second);
      return;
    }
    const { running } = this;
    if (running?.number !== number || first === undefined) return;
    if (word === 'out') running.watch.take('stdout', Buffer.from(first));
    else if (word === 'err') running.watch.take('stderr', Buffer.from(first));
    else if (word === 'failed') running.failure = { of: String(first), why: String(second) };
    else {
      this.used = Number(String(second));
      this.last = third !== undefined;
      running.settle(Number(String(first)));
    }
  }
}

/** Beside this file, and beside the bundle. */
let text: string | undefined;
const supervisor = () => (text ??= readFileSync(new URL('caseSupervisor.pl', import.meta.url), 'utf8'));

function setupOf({ limits, entries }: WarmSandboxOptions): Buffer {
  const values = kernelLimits(limits).flatMap(([, resource, value]) => [String(resource), String(value)]);
  const bytes = String(temporaryBytes.case);
  return frameOf([
    'setup',
    process.arch,
    bytes,
    listOf(values),
    listOf(entries.map(pathBytes)),
    listOf(maskedOfProc()),
  ]);
}

function endingOf(
  endedBy: EndedBy,
  exitCode: number | null,
  failure: Running['failure'],
  limits: CommandLimits,
): Pick<CommandOutcome, 'endedBy' | 'exitCode' | 'message'> {
  if (endedBy !== 'exit') return { endedBy, exitCode: null, message: reasonFor(endedBy, limits) };
  if (failure === null) return { endedBy, exitCode, message: null };
  const what = failure.of === 'program' ? 'the program could not be started' : 'the sandbox could not be made';
  return { endedBy: 'not-started', exitCode: null, message: `${what}: ${failure.why}` };
}
