/** Pointers in an older story: what they leave, and that a prompt's beginning stays as it is. */
import { describe, expect, it } from 'vitest';
import { compose } from '../../../src/engine/prompt/compose.ts';
import { Conversation, lastSeen, story, type StoryItem } from '../../../src/run/conversation.ts';
import type { EntryBody } from '../../../src/run/entry.ts';
import { limits } from '../../../src/run/limits.ts';
import { withPointers } from '../../../src/run/pointers.ts';
import { promptView } from '../../../src/run/promptView.ts';
import { initialState, reduce } from '../../../src/run/reduce.ts';
import type { RunState } from '../../../src/run/state.ts';
import { answered, checkpoint, created, entriesOf, ran, requested } from './builders.ts';

const long = (step: number) => Array.from({ length: 300 }, (_, line) => `step ${step}, line ${line}`).join('\n');

/** A step that reads the file of its number modulo three and runs a command with much to say. */
function step(number: number): readonly EntryBody[] {
  const [reads, runs] = [`call-${number}`, `call-${number}-run`];
  const path = `src/f${number % 3}.c`;
  return [
    { type: 'step.started', step: number },
    requested(number),
    answered(number, {
      calls: [
        { callId: reads, name: 'read_file', argumentsJson: JSON.stringify({ path }) },
        { callId: runs, name: 'run', argumentsJson: '{"command":"make"}' },
      ],
    }),
    { type: 'tool.started', step: number, callId: reads, name: 'read_file', title: `read ${path}` },
    ran(number, { output: long(number), read: { path, digest: `d${number}` } }),
    { type: 'tool.started', step: number, callId: runs, name: 'run', title: 'run make' },
    ran(number, { callId: runs, output: long(number) }),
    checkpoint(number),
    { type: 'step.finished', step: number, checkpoint: number, title: '' },
  ];
}

interface Told {
  readonly state: RunState;
  readonly conversation: Conversation;
}

/** The run after each of its steps. */
function* run(steps: number): Generator<Told> {
  const conversation = new Conversation();
  let state = initialState;
  for (let number = 0; number <= steps; number++) {
    for (const entry of entriesOf(number === 0 ? [created(), checkpoint(0)] : step(number), state)) {
      conversation.fold(entry);
      state = reduce(state, entry);
    }
    yield { state, conversation };
  }
}

const last = (steps: number) => {
  const all = [...run(steps)];
  return all[steps] ?? { state: initialState, conversation: new Conversation() };
};

const outputsOf = (items: readonly StoryItem[], step: number) =>
  items.flatMap((item) =>
    item.kind === 'turn' && item.turn.step === step ? item.turn.calls.map((c) => c.output) : [],
  );

describe('pointers', () => {
  const { state, conversation } = last(35);
  const whole = story(state, conversation);
  const told = withPointers(whole);

  it('name the step in which an older view of a file was replaced, and keep its newest view', () => {
    expect(outputsOf(told, 1)[0]).toBe('[src/f1.c as it was then: read or written again in step 4]');
    expect(outputsOf(told, 18)[0]).toBe(long(18));
  });

  it('keep the first lines of a long output and say how much more there was', () => {
    const output = outputsOf(told, 20)[1] ?? '';
    expect(output).toMatch(/^step 20, line 0\n[\s\S]+line \d+\n\[… \d+ more characters of run: open_output \S+\]$/);
    expect(output.length).toBeLessThan(limits.oldOutputChars + 100);
  });

  it('stand in full batches of old steps alone; S3 goes by what was truly seen', () => {
    for (const newer of [21, 35]) expect(outputsOf(told, newer)).toEqual([long(newer), long(newer)]);
    expect(withPointers(story(last(29).state, last(29).conversation))).toEqual(
      story(last(29).state, last(29).conversation),
    );
    expect(lastSeen(told)).toEqual(lastSeen(whole));
  });

  it('leave the beginning of the prompt as it is from step to step, but once in a batch', () => {
    const changes = (messagesOf: (told: Told) => readonly string[]) => {
      let before: readonly string[] = [];
      let count = 0;
      for (const at of run(120)) {
        // The last message is the ledger, which follows the story.
        const messages = messagesOf(at).slice(0, -1);
        if (before.some((message, index) => message !== messages[index])) count += 1;
        before = messages;
      }
      return count;
    };
    const composed = ({ state: at, conversation: of }: Told) =>
      compose(
        promptView(at, of, (text) => text.length / 100),
        '{}',
      ).messages.map((message) => JSON.stringify(message));
    expect(changes(composed)).toBeLessThanOrEqual(Math.ceil(120 / limits.promptBatchSteps) * 2);
    // Sabotaged: with the newest 60 steps, whichever they are, each of the later steps changes it.
    const sliding = ({ state: at, conversation: of }: Told) =>
      story(at, of)
        .slice(-60)
        .map((item) => JSON.stringify(item));
    expect(changes(sliding)).toBeGreaterThan(50);
  });
});
