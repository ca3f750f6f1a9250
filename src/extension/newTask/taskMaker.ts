/**
 * Job: what "New Task…" needs beyond the window, in one place: the folder looked at, suites, the reference, the writing.
 * Boundary: no vscode; part of the late bundle. The reference itself is never run.
 */
import type { ReferenceLook } from '../../protocol/places.ts';
import type { WholeAnswers } from './answers.ts';
import { lookAtSuite, surveyFolder, which, type FolderSurvey, type SuiteLook } from './survey.ts';
import { hasManualPage, writeTask, type WrittenTask } from './write.ts';

export interface TaskMaker {
  survey(folder: string): Promise<FolderSurvey>;
  /** Where a program is; null: not on PATH. */
  which(program: string): Promise<string | null>;
  suiteAt(file: string, folder: string): Promise<SuiteLook>;
  /** @param keep the candidate's own program, which stays. Rejects with a message for a person. */
  lookAtReference(command: readonly string[], folder: string, keep: readonly string[]): Promise<ReferenceLook>;
  hasManualPage(program: string): Promise<boolean>;
  /** Rejects, with a message for a person, where the folder can't be written. */
  write(folder: string, name: string, answers: WholeAnswers): Promise<WrittenTask>;
}

export interface MakerPlace {
  readonly home: string;
  /** PATH's form. */
  readonly searchPath: string;
  readonly lookAtReference: TaskMaker['lookAtReference'];
}

export function taskMaker({ home, searchPath, lookAtReference }: MakerPlace): TaskMaker {
  return {
    survey: (folder) => surveyFolder({ folder, home, searchPath }),
    which: (program) => which(program, searchPath),
    suiteAt: lookAtSuite,
    lookAtReference,
    hasManualPage: (program) => hasManualPage(program, searchPath),
    write: writeTask,
  };
}
