/**
 * Job: what a search for the step that broke a case has found, for a terminal.
 * Boundary: text only; the engine searches. Names are drawn, never obeyed.
 */
import type { Bisection } from '../protocol/messages.ts';
import { formatCounted, visibleControls } from '../run/forDisplay.ts';

/** Three lines at most; where a step is found the last is the command that shows its diff. */
export function bisectionText(found: Bisection, id: string): string {
  const name = visibleControls(id);
  const cost = `${formatCounted(found.verified, 'checkpoint')} verified for it`;
  switch (found.kind) {
    case 'passes':
      return `${name} passes at checkpoint ${String(found.checkpoint)}, the newest (${cost})`;
    case 'neverPassed':
      return `${name} passed at no checkpoint that was looked at, from ${String(found.since)} on (${cost})`;
    case 'found': {
      const by = found.step === null ? `checkpoint ${String(found.broken)}` : `step ${String(found.step)}`;
      return [
        `${by} broke ${name}: ${visibleControls(found.title)}`,
        `It passed at checkpoint ${String(found.passed)} and fails at ${String(found.broken)} (${cost})`,
        `belay diff --from ${String(found.passed)} --to ${String(found.broken)}`,
      ].join('\n');
    }
  }
}
