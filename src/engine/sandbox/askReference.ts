/**
 * Job: ask the reference one question, in its own sandbox: for the agent's probes and for recording a suite.
 * Boundary: one run of the program; limits, caching and journal are the caller's.
 * Rules: H2 it sees neither the workspace nor any case, only what it is given.
 */
import { runCommand } from './runCommand.ts';
import { nothingMasked, type CommandLimits, type CommandOutcome, type Sandbox, type View } from './shape.ts';

export interface ReferencePlace {
  readonly sandbox: Sandbox;
  readonly command: readonly string[];
  readonly view: View;
  /** What of it lies outside /usr. */
  readonly needs: readonly string[];
  readonly limits: CommandLimits;
}

export interface ReferenceQuestion {
  readonly args: readonly string[];
  readonly stdin: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A folder to stand in; null: an empty one in memory. */
  readonly folder: string | null;
}

/** Never rejects; how it ended is in the outcome. */
export function askReference(
  { sandbox, command, view, needs, limits }: ReferencePlace,
  { args, stdin, env, folder }: ReferenceQuestion,
  signal?: AbortSignal,
): Promise<CommandOutcome> {
  return runCommand({
    sandbox,
    shape: { kind: 'reference', ...view, mask: nothingMasked, needs, folder },
    command: [...command, ...args],
    stdin,
    ...(env && { env }),
    streams: 'separate',
    limits,
    ...(signal && { signal }),
  });
}
