/**
 * Job: the settings of package.json, read where they are needed, so that a change holds at once.
 * Boundary: every setting is read here and nowhere else; package.json has the defaults and says what each means.
 */
import * as vscode from 'vscode';

const belay = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration('belay');

export const settings = {
  /** '' where none is configured. */
  nodePath: () => belay().get('nodePath', ''),
  commitOnAccept: () => belay().get('commitOnAccept', false),
  notifyAtGates: () => belay().get('notifyAtGates', true),
} as const;
