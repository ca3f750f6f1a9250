/**
 * Job: the process of a check of the sandbox: make the self-test, print how far it is, keep what it found for later starts.
 * Boundary: `main.mjs --check-sandbox <state folder> [--quick]`; nothing of a run is touched.
 * Rules: H2 fails closed: what could not be tested has not passed.
 */
import { messageOf } from '../base/assert.ts';
import type { SandboxCheckLine } from '../run/sandboxCheck.ts';
import { keepCheck } from './sandbox/keptCheck.ts';
import { quickTest } from './selfTest/quickTest.ts';
import { selfTest } from './selfTest/selfTest.ts';

/** Prints a line for each attack that is done, the check last. Ends early on SIGTERM and SIGINT, with nothing kept. */
export async function checkSandbox(state: string, quick: boolean): Promise<void> {
  const cancel = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      cancel.abort();
    });
  }
  try {
    const onProgress = (done: number, total: number) => {
      say({ done, total });
    };
    const { signal } = cancel;
    const check = await (quick ? quickTest(signal) : selfTest({ signal, onProgress }));
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
