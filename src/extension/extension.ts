/**
 * Job: the window's side of Belay: makes the parts, registers what package.json contributes, attaches to a run that is there.
 * Boundary: activation starts no engine and loads no client, no zod and no jsonrpc (lateBundles.ts). A run goes on without its
 *   window, so there is nothing to do at deactivation but to dispose.
 */
import * as vscode from 'vscode';
import { messageOf } from '../base/assert.ts';
import type { Disposable } from '../base/disposable.ts';
import { Asked } from './asked.ts';
import { registerCommands } from './commands/commands.ts';
import { followQuota } from './commands/keep.ts';
import { handleIntents } from './commands/intents.ts';
import { startAskedSample } from './commands/sample.ts';
import { followAskedLink, handleLinks } from './commands/openRun.ts';
import { telling } from './commands/telling.ts';
import { handleReportIntents } from './commands/report.ts';
import { reportEditors } from './editors.ts';
import { ForNextWindow } from './forNextWindow.ts';
import { LanguageModelBroker } from './languageModelBroker.ts';
import { lateLanguageClient, lateRuntime } from './lateBundles.ts';
import { lookForRuns, type Look } from './lookForRuns.ts';
import { ModelKeys } from './modelKeys.ts';
import type { Parts } from './parts.ts';
import { CheckpointFiles } from './review/checkpointFiles.ts';
import { RunDocuments } from './review/documents.ts';
import { serveBytes } from './review/bytes.ts';
import { ReadMarks } from './review/readMarks.ts';
import { ReviewModel } from './review/reviewModel.ts';
import { closeDecidedGates } from './review/reviewTabs.ts';
import { Summaries } from './review/summaries.ts';
import { OpenedLists } from './review/openedLists.ts';
import { tellDiffInFront } from './review/shownDiff.ts';
import { RunFolder } from './runFolder.ts';
import type { Runtime } from './runLink.ts';
import { RunSession } from './runSession.ts';
import { TaskFiles, taskFileName } from './taskFiles.ts';
import { tellContext } from './tellContext.ts';
import { CheckpointsTree } from './views/checkpointsTree.ts';
import { createConsentPrompt } from './views/consentPrompt.ts';
import { createGateToast } from './views/gateToast.ts';
import { createInterruptedPrompt } from './views/interruptedPrompt.ts';
import { createKeyPrompt } from './views/keyPrompt.ts';
import { ReportPanel } from './views/reportPanel.ts';
import { ReviewTree } from './views/reviewTree.ts';
import { followRecording } from './views/recordingNews.ts';
import { createRollbackToast } from './views/rollbackToast.ts';
import { watchAway } from './views/away.ts';
import { RunView } from './views/runView.ts';
import { createStatusBar } from './views/statusBar.ts';
import { TestExplorer } from './views/testExplorer.ts';

/** What the extension-host tests look at. */
export interface Exports {
  readonly parts: Parts;
  /** Looks for a run of the window's folders, as a window that gets the focus does. */
  readonly look: () => Promise<void>;
}

/** Gives a disposable to VS Code, which disposes it with the extension. */
type Own = <T extends Disposable>(disposable: T) => T;

export function activate(context: vscode.ExtensionContext): Exports {
  const own: Own = (disposable) => {
    context.subscriptions.push(disposable);
    return disposable;
  };
  const log = own(vscode.window.createOutputChannel('Belay', { log: true }));
  const { parts, look } = makeParts(context, log, own);
  const { session, review, changes, runView, diffs } = parts;
  const warn = (line: string): void => {
    log.warn(line);
  };
  own(registerCommands(parts));
  own(followQuota(parts));
  own(handleIntents(parts));
  own(startAskedSample(parts, look.first()));
  own(followRecording(parts));
  own(handleReportIntents(parts));
  own(handleLinks(parts));
  void telling(log, 'link', () => look.first().then(() => followAskedLink(parts)));
  own(parts.documents.register());
  own(parts.summaries.register());
  own(new CheckpointFiles({ session, folder: diffs.folder, ready: look.first }).register());
  own(serveBytes({ session, ready: look.first }));
  own(closeDecidedGates(session));
  own(tellDiffInFront(parts.diffs));
  own(vscode.window.registerTreeDataProvider('belay.welcome', new NoRows()));
  own(
    changes.onChanged(() => {
      runView.postReview();
    }),
  );
  own(createStatusBar(session));
  own(createGateToast({ session, memory: context.workspaceState, asked: parts.asked }));
  own(createRollbackToast(session, parts.asked.rollbacks));
  own(
    watchAway({
      session,
      memory: context.workspaceState,
      now: Date.now,
      tell: (news) => {
        runView.showAway(news);
      },
    }),
  );
  own(createInterruptedPrompt(parts));
  own(createKeyPrompt(parts));
  own(createConsentPrompt(parts));
  own(
    reportEditors({
      session,
      folder: diffs.folder,
      log: warn,
      onSaved: () => {
        review.outdate();
      },
    }),
  );
  own(lateLanguageClient(context, log));
  return { parts, look: look.again };
}

function makeParts(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  own: Own,
): { parts: Parts; look: Look } {
  const warn = (line: string): void => {
    log.warn(line);
  };
  const broker = new LanguageModelBroker({
    access: context.languageModelAccessInformation,
    memory: context.globalState,
  });
  const runtime = lateRuntime(context, (call, onText, signal) => broker.ask(call, onText, signal));
  const keys = new ModelKeys(context.secrets);
  const key = (): Promise<string | undefined> => storedKey(runtime, keys, folder.uri(), warn);
  const session: RunSession = own(new RunSession({ runtime, key, now: Date.now, log: warn }));
  const folder = new RunFolder(session);
  const tasks = own(new TaskFiles());
  const diffs = { session, folder: folder.uri, lists: new OpenedLists() };
  const told = own(tellContext(session, tasks));
  const look = own(lookForRuns({ session, tasks, folder, warn }));
  const changes = new ReviewModel({ session, marks: new ReadMarks(context.workspaceState), log: warn });
  const distFolder = vscode.Uri.joinPath(context.extensionUri, 'dist');
  const parts: Parts = {
    session,
    runtime,
    log,
    memory: context.workspaceState,
    keys,
    broker,
    tasks,
    diffs,
    changes,
    review: own(new ReviewTree(diffs, changes)),
    documents: new RunDocuments(session, look.first),
    summaries: new Summaries(),
    runView: own(new RunView({ session, distFolder, log: warn, review: () => changes })),
    checkpoints: own(new CheckpointsTree(session)),
    report: own(new ReportPanel({ session, runtime, ready: look.first, distFolder, log: warn })),
    testExplorer: own(new TestExplorer({ session, log: warn })),
    asked: own(new Asked(session)),
    sampleStart: new ForNextWindow(context.globalStorageUri.fsPath, 'sample'),
    askedLink: new ForNextWindow(context.globalStorageUri.fsPath, 'link'),
    extensionFolder: context.extensionUri,
    contextSettled: told.settled,
  };
  return { parts, look };
}

/** The view that stands where the Run view will: an empty tree, which VS Code fills with the welcome of package.json. */
class NoRows implements vscode.TreeDataProvider<never> {
  getChildren(): never[] {
    return [];
  }

  getTreeItem(row: never): vscode.TreeItem {
    return row;
  }
}

/** The key for the endpoint that the run's task file names. Never rejects. */
async function storedKey(
  runtime: () => Promise<Runtime>,
  keys: ModelKeys,
  folder: vscode.Uri | null,
  warn: (line: string) => void,
): Promise<string | undefined> {
  try {
    if (folder === null) return undefined;
    const task = await (await runtime()).inspectTask(vscode.Uri.joinPath(folder, taskFileName).fsPath);
    return task.ok ? await keys.keyFor(task.modelHost) : undefined;
  } catch (error) {
    warn(`no key was looked up: ${messageOf(error)}`); // the run then waits for a key and says so
    return undefined;
  }
}
