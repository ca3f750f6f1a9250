/**
 * Job: the process of a check of the sandbox: make the self-test, print how far it is, keep what it found for later starts.
 * Boundary: `main.mjs --check-sandbox <state folder>`; nothing of a run is touched.
 * Rules: H2 fails closed: what could not be tested has not passed.
 */
import { messageOf } from '../base/assert.ts';
import type { SandboxCheckLine } from '../run/sandboxCheck.ts';
import { keepCheck } from './sandbox/keptCheck.ts';
import { selfTest } from './selfTest/selfTest.ts';

/** Prints a line for each attack that is done, the check last. Ends early on SIGTERM and SIGINT, with nothing kept. */
export async function checkSandbox(state: string): Promise<void> {
  const cancel = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      cancel.abort();
    });
  }
  try {
    const check = await selfTest({
      signal: cancel.signal,
      onProgress: (done, total) => {
        say({ done, total });
      },
    });
    keepCheck(state, check, Date.now());
    say({ check });
  } catch (error) {
    if (!cancel.signal.aborted)
      say({ check: { passed: false, sandbox: null, attacks: [], reasons: [messageOf(error).replace(/\.$/, '')] } });
  }
}

function say(line: SandboxCheckLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
