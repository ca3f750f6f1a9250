/**
 * Job: what the commands and views of a window share.
 * Boundary: a record of parts, made once by extension.ts; no logic.
 */
import type * as vscode from 'vscode';
import type { Asked } from './asked.ts';
import type { ForNextWindow } from './forNextWindow.ts';
import type { LanguageModelBroker } from './languageModelBroker.ts';
import type { ModelKeys } from './modelKeys.ts';
import type { RunDocuments } from './review/documents.ts';
import type { DiffSource } from './review/openDiffs.ts';
import type { ReviewModel } from './review/reviewModel.ts';
import type { Summaries } from './review/summaries.ts';
import type { Runtime } from './runLink.ts';
import type { RunSession } from './runSession.ts';
import type { TaskFiles } from './taskFiles.ts';
import type { CheckpointsTree } from './views/checkpointsTree.ts';
import type { ReportPanel } from './views/reportPanel.ts';
import type { ReviewTree } from './views/reviewTree.ts';
import type { RunView } from './views/runView.ts';
import type { TestExplorer } from './views/testExplorer.ts';

export interface Parts {
  readonly session: RunSession;
  readonly runtime: () => Promise<Runtime>;
  readonly log: vscode.LogOutputChannel;
  /** What the window remembers of this workspace. */
  readonly memory: vscode.Memento;
  readonly keys: ModelKeys;
  readonly broker: LanguageModelBroker;
  readonly tasks: TaskFiles;
  readonly diffs: DiffSource;
  readonly documents: RunDocuments;
  readonly summaries: Summaries;
  readonly runView: RunView;
  /** What changed since the accepted tree, and what of it is read. */
  readonly changes: ReviewModel;
  readonly review: ReviewTree;
  readonly checkpoints: CheckpointsTree;
  readonly report: ReportPanel;
  readonly testExplorer: TestExplorer;
  readonly asked: Asked;
  /** The sample to start, and the link to follow, in the window that opens their folder. */
  readonly sampleStart: ForNextWindow;
  readonly askedLink: ForNextWindow;
  /** Where Belay is installed: its documents and pictures. */
  readonly extensionFolder: vscode.Uri;
  /** Resolves when VS Code has the context keys of this moment: a view that they show can then be focused. */
  readonly contextSettled: () => Promise<void>;
}

/** Where a rollback's plan is shown and decided. */
export type PlanPlace = 'panel' | 'palette';
