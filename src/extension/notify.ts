/**
 * Job: the one door to VS Code's notifications and modal questions.
 * Boundary: which words and choices is the caller's; the lint rules let nobody else call VS Code's `show…Message`.
 * Rules: a notification draws Markdown links and lets them run commands, and its words may come from a model, a program or a
 *   path: all go through `forNotification`. A modal question draws plain text.
 */
import * as vscode from 'vscode';
import { forNotification, visibleControls } from '../run/forDisplay.ts';

/** Resolves with the choice; undefined when it was closed without one. */
export function tell(text: string, ...choices: readonly string[]): Thenable<string | undefined> {
  return vscode.window.showInformationMessage(forNotification(text), ...choices);
}

export function warn(text: string, ...choices: readonly string[]): Thenable<string | undefined> {
  return vscode.window.showWarningMessage(forNotification(text), ...choices);
}

export function tellFailure(text: string, ...choices: readonly string[]): Thenable<string | undefined> {
  return vscode.window.showErrorMessage(forNotification(text), ...choices);
}

interface Question {
  readonly text: string;
  readonly detail: string;
  /** Asked with the sign of a warning. */
  readonly grave?: boolean;
}

/** A modal question; undefined when it was cancelled. */
export function ask({ text, detail, grave = false }: Question, ...choices: string[]): Thenable<string | undefined> {
  const options = { modal: true, detail: visibleControls(detail) };
  const line = forNotification(text);
  return grave
    ? vscode.window.showWarningMessage(line, options, ...choices)
    : vscode.window.showInformationMessage(line, options, ...choices);
}
