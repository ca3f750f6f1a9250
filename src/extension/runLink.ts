/**
 * Job: what the window needs of an engine and of the late bundle that reaches it, as types.
 * Boundary: types only, so that the activation bundle holds no client, no zod and no jsonrpc; runtime.ts fulfils them.
 */
import type { Disposable } from '../base/disposable.ts';
import type { Listener } from '../base/emitter.ts';
import type { WindowModel } from '../protocol/brokering.ts';
import type { WhatDeleting } from '../client/deleteRun.ts';
import type { KnownRun } from '../client/knownRuns.ts';
import type { Recorded } from '../client/recordSuite.ts';
import type { RequestName, Requests } from '../protocol/messages.ts';
import type { Preflight, StartFailure } from '../protocol/places.ts';
import type { RecordRequest } from '../protocol/recordSuite.ts';
import type { Delta, Signs } from '../run/delta.ts';
import type { BudgetLimits, Entry } from '../run/entry.ts';
import type { RunReport } from '../run/report/report.ts';
import type { SandboxCheck } from '../run/sandboxCheck.ts';
import type { RunState } from '../run/state.ts';
import type { ModelCatalogue } from './modelCatalogue.ts';
import type { TaskMaker } from './newTask/taskMaker.ts';
import type { RunRecord } from './runRecords.ts';
import type { TextEdit } from './taskEdits.ts';

/** Why a connection is over: the engine took leave, or it is gone without a word. */
export type Closed =
  { readonly kind: 'goodbye'; readonly reason: string } | { readonly kind: 'died'; readonly message: string };

/** What a link is asked for; it is attached already. */
export type AskName = Exclude<RequestName, 'attach'>;

/** One attached engine and the mirror of its run. */
export interface RunLink extends Disposable {
  readonly runId: string;
  /** Folded from the snapshot and every entry since. */
  readonly state: RunState;
  /** A finished run is served. */
  readonly readOnly: boolean;
  /** The engine's newest signs of life; later ones come as deltas. */
  readonly signs: Signs | null;
  /** Rejects with an error whose message is for a person. */
  request<N extends AskName>(name: N, params: Requests[N]['params']): Promise<Requests[N]['result']>;
  /** After the mirror was folded; dense `seq`. */
  onEntry(listener: Listener<Entry>): Disposable;
  onDelta(listener: Listener<Delta>): Disposable;
  /** The mirror was replaced by a snapshot. */
  onReplaced(listener: Listener<void>): Disposable;
  /** Once. Not told after `dispose`. */
  onClosed(listener: Listener<Closed>): Disposable;
}

export type LinkResult =
  | { readonly ok: true; readonly link: RunLink }
  | { readonly ok: false; readonly code: StartFailure; readonly message: string };

export interface StartOptions {
  /** The folder of `belay.json`. */
  readonly workspace: string;
  readonly taskFile: string;
  /** The supervisor allowed a run without a sandbox. */
  readonly unsealed: boolean;
  /** Above it the run's checkpoint store is thinned. */
  readonly storeQuotaBytes?: number;
  /** The model's key; travels over the socket only. */
  readonly key?: string;
}

/** What the confirmation of a start says of the task. */
export type TaskInspection =
  | {
      readonly ok: true;
      readonly name: string;
      /** The host that the model's key is for; null where none is wanted. */
      readonly modelHost: string | null;
      /** The address that the task names for its model, beyond this machine and the provider's own; null: none. */
      readonly foreignHost: string | null;
      /** The model of VS Code's that works; null: another kind. */
      readonly windowModel: WindowModel | null;
      /** The model answers nothing without a key. */
      readonly wantsKey: boolean;
      /** Whether Belay can tell what the model costs. */
      readonly costKnown: boolean;
      /** A recording is played: nobody is paid. */
      readonly plays: boolean;
      readonly limits: BudgetLimits;
      readonly hasHeldOut: boolean;
    }
  | { readonly ok: false; readonly problems: readonly string[] };

/** The late bundle. None of its functions throws for an expected failure, save where it is said. */
export interface SampleCopy {
  readonly folder: string;
  readonly workspace: string;
}

/** `place`: another parent may do; `sample`: what is bundled is damaged. */
export type SampleResult =
  | ({ readonly ok: true } & SampleCopy)
  | { readonly ok: false; readonly reason: 'place' | 'sample'; readonly message: string };

export interface Runtime {
  inspectTask(taskFile: string): Promise<TaskInspection>;
  /** What a start would find, found without making a run. Rejects with an error whose message is for a person. */
  preflight(taskFile: string, workspace: string): Promise<Preflight>;
  /** Records a suite by asking the reference. Rejects with an error whose message is for a person. */
  recordSuite(
    request: RecordRequest,
    onProgress: (done: number, total: number) => void,
    signal: AbortSignal,
  ): Promise<Recorded>;
  /** Attacks the sandbox of this machine; null: cancelled. Rejects with an error whose message is for a person. */
  checkSandbox(onProgress: (done: number, total: number) => void, signal: AbortSignal): Promise<SandboxCheck | null>;
  /** The edits of a `belay.json` that set one value; undefined takes the key away. Throws where the text is no JSON. */
  taskEdits(text: string, path: readonly (string | number)[], value: unknown): readonly TextEdit[];
  startRun(options: StartOptions): Promise<LinkResult>;
  /** The active run of this folder, or of one around or within it; null without one. */
  runInTheWay(workspace: string): Promise<RunRecord | null>;
  /** null: no engine of this run is alive. */
  attachRun(runId: string): Promise<RunLink | null>;
  /** Starts the engine of a run again, read-only for one that has ended; attaches when one is alive already. */
  resumeRun(runId: string, key?: string): Promise<LinkResult>;
  /** The run as its journal tells it, for display; null without one. */
  storedState(runId: string): Promise<RunState | null>;
  /** Puts the bundled sample into a new folder below `parent`. Rejects for nothing that a place or the sample can be. */
  copySample(sample: string, parent: string): Promise<SampleResult>;
  readonly models: ModelCatalogue;
  readonly newTask: TaskMaker;
  /** The report of a run as its journal tells it; null without one. */
  storedReport(runId: string): Promise<RunReport | null>;
  /** All runs of this machine, newest first, the damaged ones too. */
  listRuns(): AsyncIterable<KnownRun>;
  /** One of them, however old; null: there is none of that id. */
  findRun(runId: string): Promise<KnownRun | null>;
  /** What deleting a run frees, in words. Rejects with an error whose message is for a person. */
  whatDeleting(runId: string): Promise<WhatDeleting>;
  /** Deletes a run directory for good. Rejects with an error whose message is for a person. */
  deleteRun(runId: string): Promise<void>;
  /** The end of the engine's log, for the output channel; empty without one. */
  readEngineLog(runId: string): Promise<string>;
}
