/**
 * Job: register every command of package.json, with one place where a failure becomes a message.
 * Boundary: a table; what a command does stands beside it in this folder.
 */
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/disposable.ts';
import type { Parts } from '../parts.ts';
import type { CheckpointNode } from '../views/checkpointsTree.ts';
import { allowModel } from './allowModel.ts';
import { answerByHand, copyQuestion } from './byHand.ts';
import { acceptAndCommit } from './commit.ts';
import { checkSandbox } from './checkSandbox.ts';
import { chooseModel } from './chooseModel.ts';
import { acceptFromPalette, planRollback, redirectFromPalette, rollBackFromPalette, undoRollback } from './decide.ts';
import {
  checkpointOf,
  diffSelected,
  diffWith,
  diffWithPrevious,
  openOutputFromPalette,
  openPromptFromPalette,
} from './open.ts';
import { compareWith } from './compareWith.ts';
import { askContext, switchModel } from './context.ts';
import { findInRun } from './findInRun.ts';
import { findBreakFromPalette, showFailing } from './failingCases.ts';
import { findBreakOfRow } from './findBreak.ts';
import { forkFrom } from './fork.ts';
import { thinCheckpoints } from './keep.ts';
import { newTask } from './newTask.ts';
import { reviewCommands } from './reviewCommands.ts';
import { recordSuite } from './recordSuite.ts';
import { doAsRecorded, openSample, restartSample } from './sample.ts';
import { copyLink, openRun } from './openRun.ts';
import { copyReport, openReport, saveReport } from './report.ts';
import { rollBackPartOf, rollBackPartOfAny, rollBackShownFile, rollBackShownHunk } from './rollBackPart.ts';
import { focusRun, start } from './start.ts';
import { enterKey, raiseLimits, readStatus, showHeldOut, startAgain, stop } from './steer.ts';
import { telling } from './telling.ts';
import { hideVerdicts, showVerdicts } from './verdicts.ts';

/** A row's command is given the row and, where several are selected, all of them. */
type Command = (parts: Parts, argument: unknown, selected: unknown) => unknown;
type OnCheckpoint = (parts: Parts, checkpoint: number) => Thenable<unknown>;

const onCheckpoint =
  (work: OnCheckpoint): Command =>
  (parts, node) =>
    work(parts, checkpointOf(node as CheckpointNode | undefined));

const commands: Readonly<Record<string, Command>> = {
  start,
  newTask,
  recordSuite,
  openWalkthrough: () => vscode.commands.executeCommand('workbench.action.openWalkthrough', 'belay.belay#start', false),
  pickModel: chooseModel,
  openSample,
  restartSample,
  doAsRecorded,
  startAgain,
  pause: (parts) => parts.session.request('pause', {}),
  resume: (parts) => parts.session.request('resume', {}),
  stop,
  ...reviewCommands,
  accept: acceptFromPalette,
  acceptAndCommit: (parts) => acceptAndCommit(parts),
  redirect: redirectFromPalette,
  rollBack: rollBackFromPalette,
  undoRollback,
  dismissStall: (parts) => parts.session.request('dismissStall', {}),
  switchModel,
  compactContext: (parts) => askContext(parts, 'summary'),
  freshContext: (parts) => askContext(parts, 'fresh'),
  showHeldOut,
  showFailing,
  findBreak: findBreakFromPalette,
  findBreakOf: findBreakOfRow,
  showVerdicts,
  hideVerdicts,
  findInRun,
  openPrompt: openPromptFromPalette,
  openOutput: openOutputFromPalette,
  enterKey,
  allowModel,
  copyQuestion,
  answerByHand,
  readStatus,
  focusRun,
  openReport,
  openRun,
  openLogAsText: (parts) => parts.documents.openLog(),
  copyReport,
  saveReport,
  raiseLimits,
  showLog: (parts) => {
    parts.log.show();
  },
  openTaskReference: (parts) =>
    vscode.commands.executeCommand(
      'markdown.showPreview',
      vscode.Uri.joinPath(parts.extensionFolder, 'media', 'docs', 'task-file.md'),
    ),
  showMoreCheckpoints: (parts, group) => {
    parts.checkpoints.showMore(String(group));
  },
  diffWithPrevious: onCheckpoint(diffWithPrevious),
  diffWithWorkspace: onCheckpoint((parts, checkpoint) => diffWith(parts, checkpoint, 'workspace')),
  diffWithAccepted: onCheckpoint((parts, checkpoint) => diffWith(parts, checkpoint, 'accepted')),
  diffSelected: (parts, _node, nodes) => diffSelected(parts, nodes as readonly CheckpointNode[] | undefined),
  rollBackPartOf: (parts, node) =>
    node === undefined ? rollBackPartOfAny(parts) : rollBackPartOf(parts, checkpointOf(node as CheckpointNode)),
  rollBackShownFile,
  rollBackShownHunk,
  rollBackTo: onCheckpoint((parts, checkpoint) => planRollback(parts, checkpoint, 'panel')),
  compareWith: onCheckpoint(compareWith),
  forkFrom: onCheckpoint(forkFrom),
  copyLink: onCheckpoint((parts, checkpoint) => copyLink(parts, { kind: 'checkpoint', number: checkpoint })),
  copyNumber: onCheckpoint((_, checkpoint) => vscode.env.clipboard.writeText(String(checkpoint))),
  thinCheckpoints,
  checkSandbox,
  notCovered: onCheckpoint((parts, checkpoint) => parts.documents.openNotCovered(checkpoint)),
};

export function registerCommands(parts: Parts): Disposable {
  const store = new DisposableStore();
  for (const [name, command] of Object.entries(commands)) {
    const run = (argument: unknown, selected: unknown): Promise<void> =>
      telling(parts.log, name, () => command(parts, argument, selected));
    store.add(vscode.commands.registerCommand(`belay.${name}`, run));
  }
  return store;
}
