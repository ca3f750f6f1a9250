/**
 * Job: where runs live on disk, as text; the one place that knows the layout of the state folder.
 * Boundary: strings only, so that every layer can name a path; who creates, locks and reads is said at each.
 *
 *   <state>/runs/<runId>/        the run directory, 0700, outside every workspace
 *     start.json                 what the launcher asked for (StartRequest)
 *     engine.json                the living engine (EngineRecord); removed at a clean end
 *     engine.log                 stderr of the engine
 *     journal/000001.jsonl …     segments                         blobs/ab/abcd…
 *     lock.sqlite                the operating-system lock (J7)    store.git  the checkpoint store
 *     heldOut/                   sealed copies of held-out cases   work/      builds and throwaway folders
 *     quarantine/                what commands made that steers the editor or git, by number; steering.json: what was there before
 *   <state>/engines/<digest>/    engine bundles, copied by digest
 *   <state>/sandboxCheck.json    what Check Sandbox found here last
 *   <state>/shadows/<digest>/    what commands of a run see in place of the folder's .git, by the digest of its id: commands can
 *                              see this path, so that it lies outside the run directory
 *   <state>/forks/               where a forked folder came from, until its run is started
 *   <state>/workspaces/          one lock and one record a real workspace path (W1)
 */

/** The state folder: $BELAY_STATE_DIR, else $XDG_STATE_HOME/belay, else ~/.local/state/belay. */
export function stateFolder(env: Readonly<Record<string, string | undefined>>, home: string): string {
  if (env['BELAY_STATE_DIR']) return env['BELAY_STATE_DIR'];
  return `${env['XDG_STATE_HOME'] ?? `${home}/.local/state`}/belay`;
}

export const runFolder = (state: string, runId: string) => `${state}/runs/${runId}`;
export const runsFolder = (state: string) => `${state}/runs`;
export const enginesFolder = (state: string) => `${state}/engines`;
export const workspacesFolder = (state: string) => `${state}/workspaces`;
/** Where each folder that was forked came from, until a run is started in it. */
export const forksFolder = (state: string) => `${state}/forks`;
export const shadowsFolder = (state: string) => `${state}/shadows`;
/** What the newest check of the sandbox found, for which sandbox. */
export const sandboxCheckFile = (state: string) => `${state}/sandboxCheck.json`;
/** @param digest 64 hex digits */
export const blobFile = (run: string, digest: string) => `${run}/blobs/${digest.slice(0, 2)}/${digest}`;
export const startFile = (run: string) => `${run}/start.json`;
export const engineFile = (run: string) => `${run}/engine.json`;
export const engineLogFile = (run: string) => `${run}/engine.log`;

export const steeringFile = (run: string) => `${run}/steering.json`;
export const quarantineFolder = (run: string) => `${run}/quarantine`;

/** What the launcher writes before it starts an engine. */
export interface StartRequest {
  readonly runId: string;
  /** Real path of the workspace. */
  readonly workspace: string;
  /** Real path of `belay.json`. */
  readonly taskFile: string;
  readonly supervisor: string;
  /** The supervisor allowed a run without a sandbox. */
  readonly unsealed: boolean;
  /** Above it the run's checkpoint store is thinned, bytes; absent: limits.storeQuotaBytes. */
  readonly storeQuotaBytes?: number;
  readonly createdAt: number;
}

/** What a living engine says of itself. */
export interface EngineRecord {
  readonly pid: number;
  readonly socket: string;
  readonly token: string;
  readonly protocol: number;
  readonly belay: string;
  readonly engineDigest: string;
  readonly generation: number;
  readonly startedAt: number;
}

/** One line of JSON that a starting engine prints to stdout: it serves, or it could not start and why. */
export type StartReport =
  | { readonly ready: true; readonly record: EngineRecord }
  | { readonly ready: false; readonly code: StartFailure; readonly message: string };

export type StartFailure =
  'task' | 'policy' | 'locked' | 'workspace-busy' | 'no-sandbox' | 'journal-damaged' | 'version' | 'failure';

/** What an audit of a run directory found; `main.mjs --audit <run directory>` prints it as one line of JSON. */
export interface Audit {
  readonly ok: boolean;
  readonly entries: number;
  readonly segments: number;
  readonly blobs: number;
  /** Without those that were thinned. */
  readonly checkpoints: number;
  /** Bytes of an unfinished commit at the end: not damage (J3). */
  readonly unfinishedBytes: number;
  /** Each names the file and, in the journal, the byte (J4). */
  readonly problems: readonly string[];
}

/** What became of `main.mjs --delete <run directory>`, which prints it as one line of JSON. */
export type Deletion = { readonly ok: true } | { readonly ok: false; /** For a person. */ readonly message: string };

/** What is looked at before a run is asked for; `main.mjs --preflight <this as JSON>` prints a Preflight as one line of JSON. */
export interface PreflightRequest {
  readonly taskFile: string;
  /** The folder that would be worked on. */
  readonly workspace: string;
  /** The state folder, where the run directory would be. */
  readonly state: string;
}

/** What a start would find, found without making a run. */
export interface Preflight {
  /** Errors, which a start refuses, and warnings. */
  readonly problems: readonly PreflightProblem[];
  readonly sandbox: PreflightSandbox;
  /** null where an error hides the rest. */
  readonly suites: {
    readonly visibleTotal: number;
    readonly heldOutTotal: number;
    /** Why the run would be NOT sealed, one sentence each without a full stop; no path of a held-out file in it. */
    readonly reasons: readonly string[];
  } | null;
}

export type PreflightSandbox =
  | {
      readonly available: true;
      /** Such as "bubblewrap 0.8.0". */
      readonly version: string;
      /** How many attacks it withstood when it was checked here; absent: it was not, or one came through. */
      readonly withstood?: number;
    }
  | { readonly available: false; /** One sentence without a full stop. */ readonly reason: string };

export interface PreflightProblem {
  /** For a person, with its place: "belay.json:12:5 …". */
  readonly text: string;
  /** Keys from the root of `belay.json` to what it is about. */
  readonly path: readonly (string | number)[];
  readonly severity: 'error' | 'warning';
}

/** A reference that a new task would name; `main.mjs --reference <this as JSON>` prints a ReferenceLook as one line of JSON. */
export interface ReferenceRequest {
  readonly command: readonly string[];
  /** Where relative names of the command begin. */
  readonly folder: string;
  /** Programs that the candidate runs with, so that they can't be hidden from it. */
  readonly keep: readonly string[];
}

export interface ReferenceLook {
  /** Real path; null: not found. */
  readonly program: string | null;
  /** Why it would not be hidden from the agent whole, one sentence each without a full stop. */
  readonly gaps: readonly string[];
}

/** What holds on this machine by policy; `main.mjs --policy` prints it as one line of JSON. */
export type PolicyLook =
  | {
      readonly ok: true;
      /** Of whom `mayAccept` and the like speak: the user that engines run as. */
      readonly user: string;
      readonly policies: readonly { readonly file: string; readonly policy: object }[];
      /** The same for a person. */
      readonly lines: readonly string[];
    }
  | { readonly ok: false; readonly user: string; /** Why nothing starts. */ readonly message: string };
