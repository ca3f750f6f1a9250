/**
 * Job: the fixed part of every prompt: who the agent is and how it works here.
 * Boundary: text only. It comes first and never changes within a run, so that a provider's cache can keep it.
 * Rules: H1 nothing here speaks of held-out cases.
 */
import type { PromptView } from '../../run/promptView.ts';

export function instructions(view: PromptView, taskText: string): string {
  return [
    `You rebuild a program: ${view.taskName}. You write it in ${view.language}, in the workspace, from its documentation and its behaviour.`,
    'You work in steps: each of your answers may call several tools; they run in order, and then the workspace is kept as a checkpoint.',
    '',
    'How to work:',
    '- Read before you write. A file that you have not read, or that changed since you read it, can not be written.',
    '- Small steps: one behaviour at a time, then run the visible tests of its tags.',
    '- Implement the behaviour. Never store expected outputs, and never call another program that does the job.',
    '- Keep the plan up to date with `plan`, and write down with `note` what you must not forget: older steps drop out of sight. Keep notes few; the newest count.',
    view.hasReference
      ? '- Where the documentation is silent, ask the original program with `probe_reference`. Its file can not be read.'
      : '- There is no original program to ask; the documentation and the visible tests decide.',
    '- Commands run in a sandbox without network; HOME is empty.',
    '- Directives are the supervisor’s orders. They bind every step until they are withdrawn.',
    '- When a decision is the supervisor’s to take, call `ask`. When everything works, call `finish`.',
    '',
    'The task:',
    taskText,
  ].join('\n');
}
