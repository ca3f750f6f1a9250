/**
 * Job: run the cases of one verification: in sandboxes that stay, one for each worker, with namespaces of its own for each case;
 *   where that can't be had, in a sandbox of its own for each case, which is slower and as tight; and say which.
 * Boundary: starts and ends the sandboxes; what a case expects is not known here.
 * Rules: H2 one kind of sandbox or the other, never none, unless the supervisor allowed it. H5 a sandbox that ended while a case
 *   ran says nothing of the case: it is run once more in a new one, and is not a failure then either.
 */
import { messageOf } from '../../base/assert.ts';
import type { CaseIsolation } from '../../run/entry.ts';
import { runCommand } from '../sandbox/runCommand.ts';
import type { CommandLimits, CommandOutcome } from '../sandbox/shape.ts';
import { WarmSandbox, type CaseCommand } from '../sandbox/warmSandbox.ts';
import type { CandidateRecipe } from './messages.ts';

export interface CaseSandboxesOptions {
  readonly recipe: CandidateRecipe;
  /** The finished build. */
  readonly build: string;
  /** Names at its top, as in checkpoint/paths.ts. */
  readonly entries: readonly string[];
  /** Where cases with files are prepared. */
  readonly folders: string;
}

const attempts = 2;

export class CaseSandboxes {
  private readonly options: CaseSandboxesOptions;
  private readonly idle: WarmSandbox[] = [];
  private readonly ending: Promise<void>[] = [];
  private aloneBecause: string | null = null;
  private usedMs = 0;

  constructor(options: CaseSandboxesOptions) {
    this.options = options;
  }

  /** How the cases were kept apart until now. */
  get isolation(): CaseIsolation {
    if (this.options.recipe.sandbox.kind === 'unsealed') return { kind: 'none' };
    return this.aloneBecause === null ? { kind: 'namespaces' } : { kind: 'sandboxes', why: this.aloneBecause };
  }

  /**
   * CPU time that the cases have used until now, ms. bubblewrap does not wait for what it started, so of a case in a sandbox of its
   * own, and of one that took its sandbox with it, the time that it took stands in for it.
   */
  get cpuMs(): number {
    return this.usedMs;
  }

  /** Never rejects for what the command or the sandbox does. */
  async run(command: CaseCommand): Promise<CommandOutcome> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const sandbox = await this.take();
      if (sandbox === null) {
        const alone = await this.runAlone(command);
        this.usedMs += alone.wallMs;
        return alone;
      }
      const before = sandbox.cpuMs;
      const outcome = await sandbox.run(command);
      this.usedMs += sandbox.cpuMs - before;
      if (sandbox.usable) this.idle.push(sandbox);
      else this.ending.push(sandbox.end());
      if (outcome !== null) return outcome;
    }
    const message = 'the sandbox ended while the case ran, twice';
    const none = Buffer.alloc(0);
    return { endedBy: 'not-started', exitCode: null, stdout: none, stderr: none, message, wallMs: 0, sealed: true };
  }

  /** Ends them all. */
  async close(): Promise<void> {
    await Promise.all([...this.ending, ...this.idle.splice(0).map((sandbox) => sandbox.end())]);
  }

  private async take(): Promise<WarmSandbox | null> {
    const { recipe, build, entries, folders } = this.options;
    if (recipe.sandbox.kind === 'unsealed' || this.aloneBecause !== null) return null;
    const idle = this.idle.pop();
    if (idle !== undefined) return idle;
    const shape = { kind: 'cases', build, folders, ...recipe.view } as const;
    try {
      return await WarmSandbox.start({ program: recipe.sandbox.program, shape, entries, limits: caseLimits(recipe) });
    } catch (error) {
      this.aloneBecause ??= messageOf(error); // whatever else is wrong, the sandbox of a single case says it
      return null;
    }
  }

  private runAlone({ command, stdin, env, folder, signal }: CaseCommand): Promise<CommandOutcome> {
    const { recipe, build, entries } = this.options;
    return runCommand({
      sandbox: recipe.sandbox,
      shape: { kind: 'case', build, entries, folder, ...recipe.view },
      command,
      stdin,
      env,
      streams: 'separate',
      limits: caseLimits(recipe),
      signal,
    });
  }
}

function caseLimits({ limits }: CandidateRecipe): CommandLimits {
  const { caseWallMs, caseOutputBytes, memoryMb, processes } = limits;
  return { wallMs: caseWallMs, outputBytes: caseOutputBytes, memoryMb, processes };
}
