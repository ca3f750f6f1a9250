/**
 * Job: the engine's side of a verifier's process: starts it when it is first needed, asks, cancels, ends it.
 * Boundary: never opens a suite.
 * Rules: H1 one client serves one kind of suite, by type and by process. A verifier that dies fails what it was asked; the
 *   next question starts a new one. Its environment is clean: no key of the engine's is in it. B3 one that does not give up
 *   what was cancelled is killed with all that it runs, so that a Stop never waits for it.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Disposable } from '../../base/disposable.ts';
import type { SuiteName } from '../../run/entry.ts';
import { limits } from '../../run/limits.ts';
import { endTree } from '../sandbox/descendants.ts';
import { finishedMark } from './builds.ts';
import { isAside, putAside, removeFolder } from './folders.ts';
import type { CandidateRecipe, FromVerifier, ResultOf, ToVerifier, VerifyParams } from './messages.ts';
import type { SealReport, SealRequest } from './seal.ts';
import type { CaseFilter } from './suite.ts';

export interface VerifierOptions<S extends SuiteName> {
  readonly kind: S;
  /** The verifier's bundle, or `verifier.ts`. */
  readonly script: string;
  /** A folder of its own in the run directory. */
  readonly work: string;
  /** Where the process's standard error goes: a descriptor, or this process's own. */
  readonly log?: number | 'inherit';
  /** Resolves when a verification may begin, with what ends its turn; null: the signal came first. At once where absent. */
  readonly turn?: (signal?: AbortSignal) => Promise<(() => void) | null>;
  /** How long it may take to give up what was cancelled; limits.verifierCancelMs where absent. */
  readonly cancelMs?: number;
}

export interface VerifyRequest<S extends SuiteName> {
  readonly suite: VerifyParams<S>['suite'];
  readonly recipe: CandidateRecipe;
  /** Names the content that is verified, for keeping its build; null: the build is thrown away. */
  readonly tree: string | null;
  /** Writes the files into an empty folder; called only when no build is kept. */
  readonly checkOut: (folder: string) => Promise<void>;
  readonly seed: number;
  readonly only?: CaseFilter;
  /** In place of all cases; visible only. */
  readonly sample?: VerifyParams['sample'];
  /** How many failing cases to give in full; held-out results never hold one. */
  readonly show?: number;
  readonly showChars?: number;
  /** Whether what failed is repeated once, to tell flaky from failed; true where absent. */
  readonly repeatFailed?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Why there is no result; the message is for a person. */
export class VerificationFailed extends Error {
  override readonly name = 'VerificationFailed';
}

/** How long a verifier may take to end by itself. */
const endMs = 3_000;

interface Question {
  readonly settle: (answer: FromVerifier) => void;
  readonly fail: (message: string) => void;
  readonly onProgress: ((done: number, total: number) => void) | undefined;
}

export class VerifierClient<S extends SuiteName> implements Disposable {
  private readonly options: VerifierOptions<S>;
  private readonly questions = new Map<number, Question>();
  private child: ChildProcess | null = null;
  private lastId = 0;
  private closed = false;

  constructor(options: VerifierOptions<S>) {
    this.options = options;
    putLeftoversAside(options.work);
  }

  /** @throws VerificationFailed: the suite can't be read, the verifier died, it was cancelled. */
  async verify(request: VerifyRequest<S>): Promise<ResultOf[S]> {
    const { turn = () => Promise.resolve(() => undefined) } = this.options;
    const leave = await turn(request.signal);
    try {
      return await this.verifyNow(request);
    } finally {
      leave?.();
    }
  }

  private async verifyNow(request: VerifyRequest<S>): Promise<ResultOf[S]> {
    if (request.signal?.aborted) throw new VerificationFailed('cancelled');
    const buildKey = request.tree === null ? null : keyOf(request.tree, request.recipe);
    const kept = buildKey !== null && existsSync(finishedMark(this.options.work, buildKey));
    const checkout = kept ? null : await this.checkOut(request);
    const { suite, recipe, seed, only, sample, show = 0, showChars, repeatFailed = true } = request;
    const params: VerifyParams = {
      suite,
      recipe,
      buildKey,
      checkout,
      seed,
      show,
      repeatFailed,
      ...(only && { only }),
      ...(sample && { sample }),
      ...(showChars !== undefined && { showChars }),
    };
    try {
      const answer = await this.ask((id) => ({ kind: 'verify', id, params }), request.signal, request.onProgress);
      if (answer.kind !== 'verified')
        throw new VerificationFailed(`the verifier answered another question (${answer.kind})`);
      return answer.result as ResultOf[S]; // the process was started for this kind and serves no other
    } catch (error) {
      if (checkout !== null) removeFolder(checkout);
      throw error;
    }
  }

  /** Prepares the suites in the verifier's process. @throws VerificationFailed with the suite's fault. */
  async seal(request: SealRequest): Promise<SealReport> {
    const answer = await this.ask((id) => ({ kind: 'seal', id, request }));
    if (answer.kind !== 'sealed')
      throw new VerificationFailed(`the verifier answered another question (${answer.kind})`);
    return answer.report;
  }

  /** Ends the process and all that it runs; what was asked fails. Resolves when the process is gone. */
  async close(): Promise<void> {
    this.closed = true;
    const child = this.child;
    this.failAll('the verifier was ended');
    if (child === null) return;
    const gone = new Promise<void>((resolve) =>
      child.once('exit', () => {
        resolve();
      }),
    );
    const kill = setTimeout(() => {
      endProcess(child);
    }, endMs);
    if (child.connected) child.disconnect();
    await gone;
    clearTimeout(kill);
  }

  dispose(): void {
    void this.close();
  }

  private async checkOut(request: VerifyRequest<S>): Promise<string> {
    const folder = join(this.options.work, `checkout-${randomUUID()}`);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    try {
      await request.checkOut(folder);
      return folder;
    } catch (error) {
      removeFolder(folder);
      throw error;
    }
  }

  /** The process, started when there is none. */
  private running(): ChildProcess {
    if (this.child !== null) return this.child;
    const { script, kind, work, log = 'inherit' } = this.options;
    const child = fork(script, [kind, work], {
      env: verifierEnvironment(),
      execArgv: [],
      detached: true, // a group of its own, to be killed whole
      stdio: ['ignore', 'ignore', log, 'ipc'],
    });
    this.child = child;
    child.on('message', (message: FromVerifier) => {
      this.receive(message);
    });
    const ended = (why: string) => {
      if (this.child === child) this.child = null;
      this.failAll(why);
    };
    child.on('error', (error) => {
      ended(`the verifier could not be started: ${error.message}`);
    });
    child.on('exit', (code, signal) => {
      ended(`the verifier ended early (${signal ?? `exit ${String(code)}`})`);
    });
    return child;
  }

  private receive(message: FromVerifier): void {
    const question = this.questions.get(message.id);
    if (message.kind === 'progress') question?.onProgress?.(message.done, message.total);
    else question?.settle(message);
  }

  private failAll(why: string): void {
    for (const question of [...this.questions.values()]) question.fail(why);
  }

  private ask(
    make: (id: number) => ToVerifier,
    signal?: AbortSignal,
    onProgress?: (done: number, total: number) => void,
  ): Promise<FromVerifier> {
    if (this.closed) return Promise.reject(new VerificationFailed('the verifier was ended'));
    const id = ++this.lastId;
    const child = this.running();
    return new Promise((resolve, reject) => {
      let deadline: NodeJS.Timeout | undefined;
      let killed = false;
      const cancel = () => {
        if (child.connected) child.send({ kind: 'cancel', id } satisfies ToVerifier);
        // What else it was asked fails with its end, which is also when this question does.
        deadline = setTimeout(() => {
          killed = true;
          endProcess(child);
        }, this.options.cancelMs ?? limits.verifierCancelMs);
      };
      const over = () => {
        this.questions.delete(id);
        clearTimeout(deadline);
        signal?.removeEventListener('abort', cancel);
      };
      const fail = (message: string) => {
        over();
        reject(new VerificationFailed(killed ? 'cancelled; the verifier did not give up and was killed' : message));
      };
      const settle = (answer: FromVerifier) => {
        if (answer.kind === 'failed') {
          fail(answer.message);
          return;
        }
        over();
        resolve(answer);
      };
      this.questions.set(id, { settle, fail, onProgress });
      child.send(make(id), (error) => {
        if (error !== null) fail(`the verifier cannot be reached: ${error.message}`);
      });
      signal?.addEventListener('abort', cancel, { once: true });
      if (signal?.aborted) cancel();
    });
  }
}

/** Kills it with all that it runs. */
function endProcess(child: ChildProcess): void {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) endTree(child.pid);
}

/** The same content may be built in two ways: with other suites withheld, or without a sandbox. */
function keyOf(tree: string, { build, withheld, sandbox }: CandidateRecipe): string {
  const way = JSON.stringify([build ?? null, withheld, sandbox.kind]);
  return `${tree}-${createHash('sha256').update(way).digest('hex').slice(0, 12)}`;
}

function verifierEnvironment(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'ELECTRON_RUN_AS_NODE'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** What an engine that was killed left: checkouts and throwaway folders that nothing will use again. The process removes them. */
function putLeftoversAside(work: string): void {
  mkdirSync(work, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(work))
    if (name === 'cases' || (name.startsWith('checkout-') && !isAside(name))) putAside(join(work, name));
}
