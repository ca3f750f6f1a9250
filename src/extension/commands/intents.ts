/**
 * Job: what each intent of the Run webview does.
 * Boundary: the same functions as the palette's commands; a refusal goes back to the page beside its input.
 */
import * as vscode from 'vscode';
import { allowModel } from './allowModel.ts';
import { acceptAndCommit } from './commit.ts';
import { chooseAnswerFile, copyQuestion, showAnswerFile } from './byHand.ts';
import { messageOf } from '../../base/assert.ts';
import type { Disposable } from '../../base/disposable.ts';
import type { IntentName, WebviewMessage } from '../../protocol/webview.ts';
import type { Parts } from '../parts.ts';
import { rowsBefore } from '../views/pageState.ts';
import type { IntentHandlers } from '../views/runView.ts';
import {
  acceptGate,
  carryOut,
  leavePlan,
  openPlannedFile,
  openRollbackDiff,
  pickCheckpoint,
  planRollback,
  redirect,
  undoRollback,
} from './decide.ts';
import { showFailing } from './failingCases.ts';
import { diffWithPrevious, openFile } from './open.ts';
import { openAllDiffs, reviewGate } from './review.ts';
import { newTask } from './newTask.ts';
import { doAsRecorded, restartSample } from './sample.ts';
import { copyLink } from './openRun.ts';
import { openReport } from './report.ts';
import { start } from './start.ts';
import { enterKey, raiseLimits, showHeldOut, startAgain, stop } from './steer.ts';

export function handleIntents(parts: Parts): Disposable {
  const handlers = intentHandlers(parts);
  return parts.runView.onIntent((intent) => {
    if (intent.type === 'ready') return;
    const handle = handlers[intent.type] as (intent: WebviewMessage) => Promise<void>;
    handle(intent).catch((error: unknown) => {
      refuse(parts, intent.type, error);
    });
  });
}

function refuse(parts: Parts, intent: IntentName, error: unknown): void {
  const text = messageOf(error);
  parts.log.warn(`${intent}: ${text}`);
  parts.runView.post({ type: 'notice', severity: 'error', text, intent });
}

function intentHandlers(parts: Parts): IntentHandlers {
  const { session, documents, runView } = parts;
  return {
    start: () => start(parts),
    startAgain: () => startAgain(parts),
    pause: async () => {
      await session.request('pause', {});
    },
    resume: async () => {
      await session.request('resume', {});
    },
    stop: () => stop(parts),
    ...deciding(parts),
    dismissStall: async () => {
      await session.request('dismissStall', {});
    },
    withdraw: async ({ directive }) => {
      await session.request('withdraw', { directive });
    },
    rollBackAsk: async ({ checkpoint }) => {
      const to = checkpoint ?? (await pickCheckpoint(parts));
      if (to !== undefined) await planRollback(parts, to, 'panel');
    },
    rollBackConfirm: ({ shown, ...plan }) => carryOut(parts, plan, shown, 'panel'),
    rollBackCancel: () => leavePlan(parts),
    openPlannedFile: ({ to, path }) => openPlannedFile(parts, to, path),
    openRollbackDiff: ({ to }) => openRollbackDiff(parts, to),
    undoRollback: () => undoRollback(parts),
    openDiffs: () => openAllDiffs(parts),
    openCheckpointDiff: ({ checkpoint }) => diffWithPrevious(parts, checkpoint),
    openOutput: ({ step, callId }) => documents.openOutput(step, callId),
    openPrompt: ({ step }) => documents.openPrompt(step),
    openSummary: ({ seq }) => documents.openSummary(seq),
    copyStepLink: ({ step }) => copyLink(parts, { kind: 'step', number: step }),
    openFile: ({ path }) => openFile(parts, path),
    openReport: () => {
      openReport(parts);
      runView.showAway(null);
      return Promise.resolve();
    },
    dismissAway: () => {
      runView.showAway(null);
      return Promise.resolve();
    },
    enterKey: () => enterKey(parts),
    allowModel: () => allowModel(parts),
    copyQuestion: () => copyQuestion(parts),
    answer: async (answer) => {
      await session.request('answer', answer);
    },
    chooseAnswerFile: () => chooseAnswerFile(parts),
    readAnswerFile: ({ uri }) => showAnswerFile(parts, vscode.Uri.parse(uri, true)),
    raiseLimits: () => raiseLimits(parts),
    showHeldOut: () => showHeldOut(parts),
    showFailing: () => showFailing(parts),
    setPace: async ({ factor }) => {
      const { factor: now } = await session.request('setPace', { factor });
      runView.post({ type: 'pace', factor: now });
    },
    doAsRecorded: () => doAsRecorded(parts),
    restartSample: () => restartSample(parts),
    newTask: () => newTask(parts),
    olderSteps: async ({ before }) => {
      const here = session.state === null ? [] : rowsBefore(session.state, before);
      const steps = here.length > 0 ? here : await session.request('steps', { before });
      runView.post({ type: 'steps', before, steps });
    },
  };
}

function deciding(parts: Parts) {
  return {
    reviewGate: () => reviewGate(parts),
    accept: async ({ gate, shown }) => {
      if (await acceptGate(parts, gate, shown)) return;
      const text = 'Nothing was accepted: the commit was given up.';
      parts.runView.post({ type: 'notice', severity: 'info', text, intent: 'accept' });
    },
    acceptAndCommit: async ({ shown }) => {
      await acceptAndCommit(parts, shown);
    },
    redirect: async ({ text, shown }) => {
      await redirect(parts, text, shown);
    },
  } satisfies Partial<IntentHandlers>;
}
