/**
 * Job: the settings of package.json, read where they are needed, so that a change holds at once.
 * Boundary: every setting is read here and nowhere else; package.json has the defaults and says what each means.
 */
import * as vscode from 'vscode';
import { limits } from '../run/limits.ts';

const belay = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration('belay');

/** What becomes of a run that was interrupted while no window saw it. */
type AfterRestart = 'ask' | 'resume' | 'off';

export const settings = {
  /** '' where none is configured. */
  nodePath: () => belay().get('nodePath', ''),
  commitOnAccept: () => belay().get('commitOnAccept', false),
  notifyAtGates: () => belay().get('notifyAtGates', true),
  /** What is none of the three counts as the default. */
  resumeAfterRestart: (): AfterRestart => {
    const value = belay().get('resumeAfterRestart', 'ask' as string);
    return value === 'resume' || value === 'off' ? value : 'ask';
  },
  /** What is no size counts as the default. */
  storeQuotaBytes: () => {
    const gb = belay().get('checkpointQuotaGb', 5 as number);
    return Number.isFinite(gb) && gb > 0 ? gb * 1e9 : limits.storeQuotaBytes;
  },
} as const;
