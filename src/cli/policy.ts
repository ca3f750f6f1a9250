/**
 * Job: `belay policy`: what an organisation's policy lets runs on this machine do, and who may.
 * Boundary: prints what the engine reads; changes nothing.
 */
import { lookAtPolicy } from '../client/policy.ts';
import { printJson, printText, type Output } from './terminal.ts';

export interface PolicyPorts {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly engineBundle: string;
}

/** false: a policy can't be followed, so nothing starts. @throws StartFailed */
export async function policyHolds(json: boolean, { stdout, stderr, engineBundle }: PolicyPorts): Promise<boolean> {
  const look = await lookAtPolicy({ engineBundle });
  if (json) printJson(stdout, look);
  else if (look.ok) printText(stdout, look.lines.join('\n'));
  else printText(stderr, look.message);
  return look.ok;
}
