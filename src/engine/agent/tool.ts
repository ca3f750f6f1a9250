/**
 * Job: what a tool of the agent is, what it may ask of the engine, and what it hands back.
 * Boundary: types and the few words that all tools share. Ports are made by the engine's effects; nothing here knows the
 *   verifier, the journal or the model.
 * Rules: H1 no port can carry a held-out case: the visible tests come as finished text with two counts.
 */
import type { z } from 'zod';
import type { EntryBodies, FileEdit } from '../../run/entry.ts';
import type { ProbeAnswer } from '../../run/probeText.ts';
import type { WorkspacePlace } from '../workspace/paths.ts';

export interface ShellOutcome {
  /** stdout and stderr as they came, bounded by the runner. */
  readonly output: string;
  /** null when it was ended from outside. */
  readonly exitCode: number | null;
  /** Which limit ended it, such as "timed out after 60 s"; absent when it ended by itself. */
  readonly endedBy?: string;
  /** What the command made that steers the supervisor's editor or git: it was moved out of the workspace. */
  readonly quarantined?: readonly string[];
  /** What there is to say of it beyond that list. */
  readonly quarantineProblem?: string;
}

export type VisibleOutcome =
  /** `text` begins with "visible: P of T passed". */
  | { readonly ok: true; readonly text: string; readonly pass: number; readonly total: number }
  | { readonly ok: false; readonly message: string };

export interface VisibleFilter {
  readonly tags?: readonly string[];
  readonly ids?: readonly string[];
}

export type ProbeOutcome =
  /** `played`: from a recording, since the reference is not installed. */
  | ({ readonly ok: true; readonly played?: true } & ProbeAnswer)
  /** Such as "no probes are left in this run". */
  | { readonly ok: false; readonly message: string };

export interface Running {
  readonly signal: AbortSignal;
  /** New output, as it comes. */
  readonly onOutput: (text: string) => void;
}

/** What the tools may ask of the engine. A port that fails in an expected way says so in its result. */
export interface AgentPorts {
  readonly place: WorkspacePlace;
  /** Runs a shell command in the sandbox, in the workspace. */
  runShell(command: string, timeoutSeconds: number, running: Running): Promise<ShellOutcome>;
  runVisibleTests(filter: VisibleFilter, running: Running): Promise<VisibleOutcome>;
  /** Absent without a reference: the tool is then not offered. */
  readonly probeReference?: (
    probe: { readonly args: readonly string[]; readonly stdin: string },
    running: Running,
  ) => Promise<ProbeOutcome>;
  /** All that a call of the agent gave, by its number; null: there was none. */
  toolOutput(callId: string): Promise<string | null>;
  /** Files with unsaved changes in a window, absolute or relative to the workspace. */
  dirtyEditors(): readonly string[];
  /** `belay.json` as the agent may see it (H1). */
  redactedTask(): object;
}

export interface ToolContext {
  readonly ports: AgentPorts;
  /** The digest under which the agent last saw each file, by path relative to the workspace (S3). */
  readonly lastRead: ReadonlyMap<string, string>;
  /** How long a command may take where the agent says nothing. */
  readonly commandSeconds: number;
}

/** The part of 'tool.finished' that a tool knows; the caller adds step, callId, wallMs and the blob of `whole`. */
export type ToolFields = Omit<EntryBodies['tool.finished'], 'step' | 'callId' | 'wallMs' | 'whole'>;

export interface ToolOutcome {
  readonly fields: ToolFields;
  /** The whole output where `fields.output` is cut. */
  readonly whole?: string;
}

export type Prepared =
  | { readonly ok: true; /** One line. */ readonly title: string; readonly intent?: FileEdit }
  /** Not to be performed: this is how it ended. */
  | { readonly ok: false; readonly title: string; readonly outcome: ToolOutcome };

export interface Tool<A = unknown> {
  readonly name: string;
  readonly description: string;
  readonly schema: z.ZodType<A>;
  /** What a call may change in the workspace: at most the file of its intent, or anything. */
  readonly touches: 'nothing' | 'intent' | 'anything';
  title(args: A): string;
  /** For tools that change a file: the intent that is journalled before (J5), or how it ended already. */
  prepare?(args: A, context: ToolContext): Promise<{ readonly intent: FileEdit } | ToolOutcome>;
  perform(args: A, context: ToolContext, running: Running, intent: FileEdit | undefined): Promise<ToolOutcome>;
}

/** Keeps the arguments' type together with the schema. */
export function defineTool<A>(tool: Tool<A>): Tool<A> {
  return tool;
}

export function told(output: string, more: Partial<ToolFields> = {}): ToolOutcome {
  return { fields: { status: 'ok', output, ...more } };
}

/** `message` begins with "error: ". */
export function failed(message: string): ToolOutcome {
  return { fields: { status: 'error', output: message } };
}
