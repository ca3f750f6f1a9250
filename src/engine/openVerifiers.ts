/**
 * Job: a client for each of a run's two verifiers, which start their processes when they are first asked.
 * Rules: H1 one process for the visible suite, another for the held-out one, in folders of their own. Visible cases are run for the
 *   agent too, which is shown what they wrote: none runs beside a held-out one.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { besideEngine } from './build.ts';
import type { Turns } from './effects/turns.ts';
import { VerifierClient, type VerifierOptions } from './verification/verifierClient.ts';

/** @param closing takes what ends them */
export function openVerifiers(folder: string, turns: Turns, closing: (() => Promise<void>)[]) {
  const visible = verifierOf(folder, 'visible', { turn: (signal) => turns.shared(signal) });
  const heldOut = verifierOf(folder, 'heldOut');
  closing.push(
    () => visible.close(),
    () => heldOut.close(),
  );
  return { visible, heldOut };
}

function verifierOf<S extends 'visible' | 'heldOut'>(
  folder: string,
  kind: S,
  more: Pick<VerifierOptions<S>, 'turn'> = {},
): VerifierClient<S> {
  const work = join(folder, 'work', kind);
  mkdirSync(work, { recursive: true, mode: 0o700 });
  chmodSync(dirname(work), 0o700);
  return new VerifierClient({ kind, script: besideEngine('verifier.mjs', 'verification/verifier.ts'), work, ...more });
}
