/**
 * Job: stands as the extension's main file in the benches: loads and activates the real bundle beside it, and writes down what
 *   that cost and which entries the window's session is told.
 * Boundary: runs in the extension host; changes nothing of what the extension does. Writes into BELAY_BENCH_FOLDER:
 *   `activation-<pid>.json` once the activation has settled, `told-<pid>.jsonl` an entry a line.
 */
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Entry } from '../../src/run/entry.ts';

export interface Activation {
  /** Of the whole extension host while the bundle was loaded and `activate` ran, user and system. */
  readonly cpuMs: number;
  readonly wallMs: number;
  /** How the session stood after it had looked for a run. */
  readonly connection: string;
}

interface Exports {
  readonly parts: {
    readonly session: {
      readonly connection: { readonly kind: string };
      onEntry(listener: (entry: Entry) => void): unknown;
    };
  };
  readonly look: () => Promise<void>;
}

interface Extension {
  activate(context: object): Exports;
}

const folder = process.env['BELAY_BENCH_FOLDER'] ?? '';
let cpuMs = 0;
let wallMs = 0;

function measured<T>(work: () => T): T {
  const [before, startedAt] = [process.cpuUsage(), performance.now()];
  const result = work();
  const { user, system } = process.cpuUsage(before);
  cpuMs += (user + system) / 1000;
  wallMs += performance.now() - startedAt;
  return result;
}

const extension = measured(() => createRequire(__filename)('./dist/extension.cjs') as Extension);

export function activate(context: object): Exports {
  const exports = measured(() => extension.activate(context));
  const { session } = exports.parts;
  session.onEntry((entry) => {
    appendFileSync(join(folder, `told-${process.pid}.jsonl`), `${JSON.stringify(entry)}\n`);
  });
  void exports.look().then(() => {
    const activation: Activation = { cpuMs, wallMs, connection: session.connection.kind };
    const file = join(folder, `activation-${process.pid}.json`);
    writeFileSync(`${file}.new`, JSON.stringify(activation));
    renameSync(`${file}.new`, file);
  });
  return exports;
}
