/**
 * Job: the words of the sandbox: what a command may see (shape), what it may use (limits) and how it ended (outcome).
 * Boundary: types only; `profile.ts` turns a shape into bubblewrap's arguments, `runCommand.ts` runs it.
 * Rules: H2 a shape lists what is there; everything else is absent. H5 build, case and agent share no folder. B3.
 */

/** How commands are run: inside bubblewrap, or, where the supervisor allowed it, without any seal. */
export type Sandbox = { readonly kind: 'bubblewrap'; readonly program: string } | { readonly kind: 'unsealed' };

/** A folder as it was when the run began: a path that now leads elsewhere is refused. */
export interface Place {
  /** Real path, no symbolic link in it. */
  readonly path: string;
  readonly device: number;
  readonly inode: number;
}

/** Files and folders that are covered: the reference and what came with it. Real paths. */
export interface Mask {
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/** What every shape has in common. */
export interface View {
  readonly mask: Mask;
  /** Folders outside /usr that commands may read, real paths. */
  readonly toolchains: readonly string[];
  /** Paths that no bound folder may hold or lead to: run directory, held-out files. A shape that would is refused. */
  readonly never: readonly string[];
}

/** What stands for the user's repository: one commit, no history. */
export interface Shadow {
  /** A repository's folder, made for this. */
  readonly folder: string;
  /** The top of the repository: the workspace, or a folder above it. */
  readonly top: string;
}

/** The agent's commands: the workspace can be written, its `.git` is a shadow or empty, the task file is the redacted one. */
export interface AgentShape extends View {
  readonly kind: 'agent';
  readonly workspace: Place;
  /** Text that stands in place of a file of the workspace, read-only; `path` is relative to the workspace. */
  readonly replaced: readonly { readonly path: string; readonly text: string }[];
  /** Relative to the workspace; for a file its folder is bound read-only (a mask on a file falls to a rename). */
  readonly readOnly: readonly string[];
  /**
   * What was there of `.git`, `.vscode` and the like, relative to the workspace: repositories are emptied, the rest is read-only.
   * The one at the top need not be named.
   */
  readonly steering?: readonly string[];
  /** In place of the repository at the top or above; null: an empty folder. */
  readonly shadow?: Shadow | null;
}

/** A build: one checkout that can be written, seen as `/belay/build`; no workspace, no cases. */
export interface BuildShape extends View {
  readonly kind: 'build';
  readonly folder: string;
}

/** One case: the read-only build, seen through links in a throwaway folder (`/belay/case`, the working directory). */
export interface CaseShape extends View {
  readonly kind: 'case';
  readonly build: string;
  /** Names at the top of the build, linked into the throwaway folder; unused when `folder` is given. */
  readonly entries: readonly string[];
  /** A prepared folder outside (for cases with files); null: one in memory, gone with the case. */
  readonly folder: string | null;
}

/** A sandbox in which one case runs after another, each in namespaces of its own that `caseSupervisor.pl` makes. */
export interface CasesShape extends View {
  readonly kind: 'cases';
  readonly build: string;
  /** The folder outside in which cases with files are prepared; its name is hidden from the cases. */
  readonly folders: string;
}

/** The reference alone with its input; a throwaway folder in memory, or a prepared one. */
export interface ReferenceShape extends View {
  readonly kind: 'reference';
  /** Paths outside /usr that it needs, read-only. */
  readonly needs: readonly string[];
  readonly folder: string | null;
}

export type Shape = AgentShape | BuildShape | CaseShape | CasesShape | ReferenceShape;

export interface CommandLimits {
  readonly wallMs: number;
  /** Standard output and error together. */
  readonly outputBytes: number;
  /** Resident memory of the command and all its children; shared pages count once for each process. */
  readonly memoryMb: number;
  readonly processes: number;
  /** What the disk may lose while it runs; limits.commandDiskBytes where absent. */
  readonly diskBytes?: number;
}

export interface CommandRequest {
  readonly sandbox: Sandbox;
  readonly shape: Shape;
  readonly command: readonly string[];
  /** Nothing to read when absent. */
  readonly stdin?: Uint8Array | string;
  /** Beside the variables that every command has. */
  readonly env?: Readonly<Record<string, string>>;
  /** 'together': standard error goes where standard output goes, in true order. */
  readonly streams: 'together' | 'separate';
  readonly limits: CommandLimits;
  readonly signal?: AbortSignal;
  readonly onOutput?: (chunk: Buffer) => void;
}

/** Why a command is over. All but 'exit' and 'not-started' mean that it was killed with everything that it had started. */
export type EndedBy = 'exit' | 'timeout' | 'output' | 'memory' | 'processes' | 'disk' | 'abort' | 'not-started';

export interface CommandOutcome {
  readonly endedBy: EndedBy;
  /** As a shell would say it: 128 + n after signal n. null unless it ended by itself. */
  readonly exitCode: number | null;
  /** All output where the streams are together; cut at the limit. */
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** For a person, unless it ended by itself: "stopped after 10 s". */
  readonly message: string | null;
  readonly wallMs: number;
  readonly sealed: boolean;
}

/** A command that may not be run as asked; the message is for a person and names the path. */
export class SandboxRefused extends Error {
  override readonly name = 'SandboxRefused';
}

/** The sandbox worked when the run began and can't be made any more; the message is for a person. */
export class SandboxGone extends Error {
  override readonly name = 'SandboxGone';
}

export const nothingMasked: Mask = { files: [], folders: [] };
/** Where build and throwaway folder stand inside; `cases` is covered before a case begins. */
export const inside = {
  build: '/belay/build',
  case: '/belay/case',
  cases: '/tmp/cases',
  git: '/belay/git',
  home: '/tmp/home',
} as const;
