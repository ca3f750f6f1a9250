/** Job: what each question of "New Task…" may look at, as a type. */
import type * as vscode from 'vscode';
import type { Parts } from '../parts.ts';
import type { Step } from '../quickSteps.ts';
import type { TaskAnswers } from './answers.ts';
import type { FolderSurvey } from './survey.ts';
import type { TaskMaker } from './taskMaker.ts';

export interface Asking {
  readonly parts: Parts;
  readonly maker: TaskMaker;
  readonly folder: vscode.WorkspaceFolder;
  readonly survey: FolderSurvey;
  readonly answers: TaskAnswers;
  readonly step: Step;
}
