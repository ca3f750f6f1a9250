/** Job: Perl candidates and suites for the verifier's tests, in temporary folders. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Comparator, Tolerance } from '../../../src/run/compare.ts';
import { chooseSandbox, probeSandbox } from '../../../src/engine/sandbox/probe.ts';
import type { Sandbox } from '../../../src/engine/sandbox/shape.ts';
import type { CandidateRecipe } from '../../../src/engine/verification/messages.ts';
import { VerifierClient } from '../../../src/engine/verification/verifierClient.ts';

const found = chooseSandbox(await probeSandbox(), false);
if (found === null) throw new Error('these tests need bubblewrap');
export const sealed: Sandbox = found;
export const unsealed: Sandbox = { kind: 'unsealed' };
export const script = join(import.meta.dirname, '../../../src/engine/verification/verifier.ts');

export interface TestCase {
  readonly id: string;
  readonly tags?: readonly string[];
  readonly args?: readonly string[];
  readonly command?: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly compare?: Comparator;
  readonly tolerance?: Tolerance;
  readonly expect: {
    readonly stdout?: string;
    readonly stderr?: string;
    readonly exit?: number;
    readonly files?: Readonly<Record<string, string>>;
  };
}

/** A folder of a run with clients whose processes end with it. */
export class Bench {
  readonly root = mkdtempSync(join(tmpdir(), 'belay-verify-'));
  readonly run = join(this.root, 'run');
  private readonly clients: { close(): Promise<void> }[] = [];

  constructor() {
    mkdirSync(this.run);
  }

  visible(): VerifierClient<'visible'> {
    return this.keep(new VerifierClient({ kind: 'visible', script, work: join(this.run, 'work/visible') }));
  }

  heldOut(): VerifierClient<'heldOut'> {
    return this.keep(new VerifierClient({ kind: 'heldOut', script, work: join(this.run, 'work/heldOut') }));
  }

  private keep<C extends VerifierClient<'visible'> | VerifierClient<'heldOut'>>(client: C): C {
    this.clients.push(client);
    return client;
  }

  suite(name: string, cases: readonly TestCase[]): string {
    return this.file(join('run', name), cases.map((one) => JSON.stringify(one)).join('\n'));
  }

  file(path: string, content: string): string {
    const target = join(this.root, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
    return target;
  }

  async end(): Promise<void> {
    for (const client of this.clients) await client.close();
    rmSync(this.root, { recursive: true, force: true });
  }

  recipe(change: Partial<CandidateRecipe> = {}): CandidateRecipe {
    return {
      sandbox: sealed,
      view: { mask: { files: [], folders: [] }, toolchains: [], never: [this.run] },
      build: undefined,
      run: ['perl', 'main.pl'],
      withheld: ['belay.json', 'tests'],
      limits: {
        buildWallMs: 20_000,
        caseWallMs: 10_000,
        caseOutputBytes: 100_000,
        memoryMb: 512,
        processes: 64,
        totalWallMs: 120_000,
      },
      workers: 2,
      ...change,
    };
  }
}

/** Writes files by relative path into the folder of a checkout. */
export function checkOutOf(files: Readonly<Record<string, string>>): (folder: string) => Promise<void> {
  return async (folder) => {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    await Promise.resolve();
  };
}

/** Process ids whose command line holds the text. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'latin1').includes(text) ? [Number(name)] : [];
    } catch {
      return []; // ended while we looked
    }
  });
}
