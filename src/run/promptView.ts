/**
 * Job: everything of a run that a prompt may be made of.
 * Boundary: pure. This type is the only thing of the state that `engine/prompt` takes.
 * Rules: H1 by type: no field here can hold a held-out name, input, output, count or rate. G2 every directive that stands
 *   is in the view, whatever else is left out. B3 the story is cut at limits.conversationSteps and conversationTokens, notes at notesInPrompt; where, is `pointers.ts`'s.
 */
import type { PlanItem } from './entry.ts';
import { limits } from './limits.ts';
import { standingCut } from './context.ts';
import { story, type Conversation, type StoryItem } from './conversation.ts';
import { atBatch, withPointers } from './pointers.ts';
import type { StallAlarm } from './stallFacts.ts';
import type { RunState } from './state.ts';

export interface PromptView {
  readonly taskName: string;
  readonly language: string;
  readonly hasReference: boolean;
  readonly directives: readonly { readonly directive: number; readonly text: string }[];
  readonly plan: readonly PlanItem[];
  readonly notes: readonly string[];
  readonly story: readonly StoryItem[];
  /** What Belay tells the agent of a stall; null: nothing. It is no directive. */
  readonly stalled: string | null;
  /** Visible cases that fail where the workspace stands; told where the story before was left out. */
  readonly failing: readonly string[];
  /** What the agent wrote of the story before; null: nothing stands in for it. */
  readonly summary: string | null;
  /** How many items of what is at hand of the story were left out; 0: the story is whole. */
  readonly leftOut: number;
  /** The story before them was left out on purpose. */
  readonly fresh: boolean;
}

/** What is read for a view beside the state. */
export interface ReadForView {
  /** Ids of visible cases, in order. */
  readonly failing?: readonly string[];
  /** The text of `standingSummary`. */
  readonly summary?: string | null;
}

/**
 * @param estimate tokens of a text, roughly.
 * @param conversationTokens how many of them the story may have
 */
export function promptView(
  state: RunState,
  conversation: Conversation,
  estimate: (text: string) => number,
  conversationTokens: number = limits.conversationTokens,
  { failing = [], summary = null }: ReadForView = {},
): PromptView {
  const cut = standingCut(state);
  const told = sinceFresh(story(state, conversation, cut?.checkpoint), state.stalls.freshFrom);
  const whole = withPointers(told);
  const kept = newest(whole, estimate, conversationTokens);
  return {
    taskName: state.run?.task.name ?? '',
    language: state.run?.task.language ?? '',
    hasReference: state.run?.task.hasReference ?? false,
    directives: state.directives.filter((d) => !d.withdrawn).map(({ directive, text }) => ({ directive, text })),
    plan: state.plan,
    notes: state.notes.slice(-limits.notesInPrompt),
    stalled: stalledNote(state.stalls.alarm),
    failing,
    summary,
    story: kept,
    leftOut: whole.length - kept.length,
    fresh: summary === null && (cut !== null || state.stalls.freshFrom !== null),
  };
}

/** A fresh context begins after the step at which it was given; also where a rollback led to a time before that. */
function sinceFresh(items: readonly StoryItem[], freshFrom: number | null): readonly StoryItem[] {
  if (freshFrom === null) return items;
  const last = items.findLastIndex((item) => item.kind === 'turn' && item.turn.step <= freshFrom);
  return items.slice(last + 1);
}

function stalledNote(alarm: StallAlarm | null): string | null {
  if (alarm === null) return null;
  const evidence = alarm.signs.map(({ text }) => text).join('; ');
  return `The run seems to stall: ${evidence}. Do not go on in the same way: say what you assumed, check it, and try another way or another part of the work.`;
}

function newest(
  items: readonly StoryItem[],
  estimate: (text: string) => number,
  tokensMost: number,
): readonly StoryItem[] {
  let tokens = 0;
  let first = items.length;
  while (first > 0 && items.length - first < limits.conversationSteps) {
    const item = items[first - 1];
    tokens += item === undefined ? 0 : estimate(textOf(item));
    if (tokens > tokensMost && first < items.length) break;
    first -= 1;
  }
  return items.slice(atBatch(items, first));
}

function textOf(item: StoryItem): string {
  if (item.kind !== 'turn') return '';
  return item.turn.text + item.turn.calls.map((c) => c.argumentsJson + (c.output ?? '')).join('');
}
