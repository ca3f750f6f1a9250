/**
 * Job: the one place where a failed gesture of the supervisor becomes a message and a line of the log.
 * Boundary: expected refusals and programmer's errors alike; the log has the stack.
 */
import type * as vscode from 'vscode';
import { messageOf } from '../../base/assert.ts';
import { tellFailure } from '../notify.ts';

/** Does the work. Never rejects: a failure is shown; the message is not waited for. */
export async function telling(log: vscode.LogOutputChannel, name: string, work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.error(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    void show(log, messageOf(error));
  }
}

async function show(log: vscode.LogOutputChannel, message: string): Promise<void> {
  if ((await tellFailure(`Belay: ${message}`, 'Show Log')) === 'Show Log') log.show();
}
