/**
 * Job: `belay check-sandbox`: attack the sandbox of this machine, say how far it is, print what was found.
 * Boundary: the progress goes to standard error, in place where that is a terminal.
 */
import { checkSandbox } from '../client/checkSandbox.ts';
import { StartFailed } from '../client/launch.ts';
import { sandboxCheckMarkdown } from '../run/sandboxCheck.ts';
import { printJson, printText, type Output } from './terminal.ts';

export interface CheckPorts {
  readonly stdout: Output;
  readonly stderr: Output;
  /** The state folder. */
  readonly state: string;
  readonly engineBundle: string;
  readonly interrupt: AbortSignal;
}

/** @throws StartFailed where it could not be made, or was cancelled */
export async function sandboxHolds({ json }: { readonly json: boolean }, ports: CheckPorts): Promise<boolean> {
  const { state, engineBundle, stdout, stderr, interrupt } = ports;
  const check = await checkSandbox({
    state,
    engineBundle,
    signal: interrupt,
    onProgress: (done, total) => {
      if (stderr.isTTY === true)
        stderr.write(`\r${String(done)} of ${String(total)} attacks${done === total ? '\n' : ''}`);
    },
  });
  if (check === null) throw new StartFailed('failure', 'Cancelled: nothing was found out.');
  if (json) printJson(stdout, check);
  else printText(stdout, sandboxCheckMarkdown(check, new Date().toLocaleString()));
  return check.passed;
}
