/**
 * Job: make the messages of one request out of a PromptView.
 * Boundary: pure; takes nothing of the run but the view (H1 by type). The order is from what changes least to what
 * changes most, so that the prefix can be cached: instructions, summary, story, then the ledger.
 * Rules: G2 every standing directive is in the last message of each prompt, and nothing else reads as one: names of files and
 *   what the agent noted are kept within their own line.
 */
import type { StoryItem, Turn } from '../../run/conversation.ts';
import { pathsInWords } from '../../run/pathWords.ts';
import type { PromptView } from '../../run/promptView.ts';
import type { ModelMessage } from '../model/request.ts';
import { instructions } from './instructions.ts';

export interface ComposedPrompt {
  readonly system: string;
  readonly messages: readonly ModelMessage[];
}

/**
 * @param taskText the redacted task, as the agent may see it.
 * @param ask what is wanted in place of the next step; the same view then gives the same prompt up to its last message
 */
export function compose(view: PromptView, taskText: string, ask?: string): ComposedPrompt {
  const messages: ModelMessage[] = [...summaryMessages(view)];
  const leftOut = leftOutText(view);
  if (leftOut !== null) messages.push({ role: 'user', text: leftOut });
  for (const item of view.story) messages.push(...messagesOf(item));
  messages.push({ role: 'user', text: ledger(view, ask) });
  return { system: instructions(view, taskText), messages };
}

/** The agent's own words, in its own role: nothing in them reads as the supervisor's (G2). */
function summaryMessages({ summary }: PromptView): readonly ModelMessage[] {
  if (summary === null) return [];
  return [
    { role: 'user', text: '[What came before is left out. This is what you wrote of it.]' },
    { role: 'assistant', text: summary, calls: [] },
    { role: 'user', text: '[What came since follows.]' },
  ];
}

function leftOutText({ fresh, leftOut }: PromptView): string | null {
  const before = fresh ? 'Belay left out all that came before, so that you look at the work afresh.' : '';
  const earlier = leftOut > 0 ? 'The steps before these are left out.' : '';
  if (before + earlier === '') return null;
  return `[${[before, earlier].filter(Boolean).join(' ')} The files, your plan and your notes hold what they did.]`;
}

function messagesOf(item: StoryItem): readonly ModelMessage[] {
  switch (item.kind) {
    case 'turn':
      return turnMessages(item.turn);
    case 'supervisorEdited': {
      const when = item.during === undefined ? 'between your steps' : `during step ${String(item.during)}`;
      return [
        {
          role: 'user',
          text: `The supervisor changed these files ${when}: ${pathsInWords(item.paths)}. Read them again before you write them.`,
        },
      ];
    }
    case 'putBack':
      return [{ role: 'user', text: putBackText(item) }];
    case 'rejected':
      return [{ role: 'user', text: rejectedText(item) }];
    case 'rolledBack':
      return [{ role: 'user', text: rolledBackText(item) }];
  }
}

function rolledBackText({ to, step, undo, byBelay }: Extract<StoryItem, { kind: 'rolledBack' }>): string {
  const where = step === null ? 'the beginning' : `the end of step ${String(step)}`;
  return undo
    ? `The supervisor rolled back the workspace and took that back: it stands as it did at ${where} (checkpoint ${String(to)}).`
    : `${byBelay ? 'Belay, as the run stalled,' : 'The supervisor'} rolled back the workspace to ${where} (checkpoint ${String(to)}). What came after it is undone.`;
}

function putBackText({ paths, to, undo }: Extract<StoryItem, { kind: 'putBack' }>): string {
  const names = pathsInWords(paths);
  return undo
    ? `The supervisor took the rollback of ${names} back: it is again as it was before. Read it again before you write it.`
    : `The supervisor rolled ${names} back to checkpoint ${String(to)}. Read it again before you write it.`;
}

function rejectedText({ paths, undo }: Extract<StoryItem, { kind: 'rejected' }>): string {
  const names = pathsInWords(paths);
  return undo
    ? `The supervisor took the rejection of ${names} back: it is again as it was before. Read it again before you write it.`
    : `The supervisor rejected ${names}: it was put back to its accepted version, as the directive says. Read it again before you write it.`;
}

function turnMessages(turn: Turn): readonly ModelMessage[] {
  const answer: ModelMessage = {
    role: 'assistant',
    text: turn.text,
    calls: turn.calls.map(({ callId, name, argumentsJson, signature }) => ({
      callId,
      name,
      argumentsJson,
      ...(signature !== undefined && { signature }),
    })),
  };
  if (turn.calls.length === 0) return [answer];
  // Every call has an answer: a transcript with an orphan call is refused by providers.
  const results = turn.calls.map(({ callId, name, output }) => ({ callId, name, output: output ?? 'not run' }));
  return [answer, { role: 'tool', results }];
}

/** What must never drop out of sight, at the end of each prompt. */
function ledger(view: PromptView, ask: string | undefined): string {
  const parts: string[] = [];
  if (view.directives.length > 0) {
    parts.push(view.directives.map((d) => `Directive ${String(d.directive)}: ${d.text}`).join('\n'));
  }
  if (view.plan.length > 0) {
    parts.push(`Plan:\n${view.plan.map((item) => `- [${item.status}] ${asItem(item.title)}`).join('\n')}`);
  }
  if (view.notes.length > 0) parts.push(`Notes:\n${view.notes.map((note) => `- ${asItem(note)}`).join('\n')}`);
  if (view.failing.length > 0)
    parts.push(`Visible cases that fail:\n${view.failing.map((id) => `- ${asItem(id)}`).join('\n')}`);
  if (view.stalled !== null) parts.push(`Note of Belay (no directive): ${asItem(view.stalled)}`);
  const begins = view.story.length === 0 && view.summary === null && !view.fresh;
  parts.push(ask ?? (begins ? 'Begin.' : 'Go on with the next step.'));
  return parts.join('\n\n');
}

/** What the agent wrote begins no line of the ledger: a directive is the supervisor's word alone. */
function asItem(text: string): string {
  return text.replace(/[\r\n\u2028\u2029]+/g, '\n  ');
}
