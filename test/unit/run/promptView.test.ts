import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compose } from '../../../src/engine/prompt/compose.ts';
import { Conversation, lastSeen, story } from '../../../src/run/conversation.ts';
import type { EntryBody } from '../../../src/run/entry.ts';
import { promptView, type PromptView } from '../../../src/run/promptView.ts';
import { initialState, reduce } from '../../../src/run/reduce.ts';
import { answered, checkpoint, created, entriesOf, ran, verified, wholeStep } from './builders.ts';

function folded(bodies: readonly EntryBody[]) {
  const conversation = new Conversation();
  const state = entriesOf(bodies).reduce((before, entry) => {
    conversation.fold(entry);
    return reduce(before, entry);
  }, initialState);
  return { state, conversation };
}

const rolledBack = (to: number, at: number, undo = false): EntryBody[] => [
  checkpoint(at, { kind: 'safety', step: null }),
  { type: 'rollback.started', to, safety: at, plan: { digest: 'd', bytes: 1 }, by: 'anna', undo },
  checkpoint(at + 1, { kind: 'rollback', step: null, continues: to }),
  { type: 'rollback.finished', to, written: 1, deleted: 0, kept: 0, conflicts: [] },
];

const stepsTold = (bodies: readonly EntryBody[]) => {
  const { state, conversation } = folded(bodies);
  return story(state, conversation).map((item) => (item.kind === 'turn' ? item.turn.step : item.kind));
};

describe('story', () => {
  const three = [created(), checkpoint(0), ...wholeStep(1), ...wholeStep(2), ...wholeStep(3)];

  it('tells the steps in order', () => {
    expect(stepsTold(three)).toEqual([1, 2, 3]);
  });

  it('leaves out what a rollback undid, and tells of the rollback', () => {
    expect(stepsTold([...three, ...rolledBack(1, 4)])).toEqual([1, 'rolledBack']);
  });

  it('brings back what an undo brought back', () => {
    expect(stepsTold([...three, ...rolledBack(1, 4), ...rolledBack(4, 6, true)])).toEqual([1, 2, 3, 'rolledBack']);
  });

  it('says to where a rollback went, and of an undo that nothing of the agent is undone', () => {
    const told = (bodies: readonly EntryBody[]) => {
      const { state, conversation } = folded(bodies);
      return story(state, conversation).find((item) => item.kind === 'rolledBack');
    };
    const undone = [...three, ...rolledBack(1, 4), ...rolledBack(4, 6, true)];
    expect(told([...three, ...rolledBack(1, 4)])).toMatchObject({ step: 1, undo: false });
    expect(told([...three, ...rolledBack(0, 4)])).toMatchObject({ step: null, undo: false });
    expect(told(undone)).toMatchObject({ to: 4, step: 3, undo: true });
    const later = [...undone, checkpoint(8, { step: 4 })];
    expect(told([...later, ...rolledBack(4, 9)]), 'no undo: a step lies between').toMatchObject({ undo: false });
  });

  it('S2: tells what the supervisor edited between two steps', () => {
    const paths = [{ path: 'month.pl', change: 'modified' }] as const;
    const edited = checkpoint(4, {
      kind: 'supervisor',
      step: null,
      changeset: { added: 0, modified: 1, deleted: 0, paths },
    });
    expect(stepsTold([...three, edited])).toEqual([1, 2, 3, 'supervisorEdited']);
  });

  const mine = (path: string) =>
    ({ added: 0, modified: 1, deleted: 0, paths: [{ path, change: 'modified' }] }) as const;
  const edits = (bodies: readonly EntryBody[]) => {
    const { state, conversation } = folded(bodies);
    return story(state, conversation).filter((item) => item.kind === 'supervisorEdited');
  };

  it('S2: tells what the supervisor edited at a gate that was then decided by a rollback, and after its undo', () => {
    const back = rolledBack(1, 4).map((body) =>
      body.type === 'checkpoint.created' && body.kind === 'safety' ? { ...body, changeset: mine('month.pl') } : body,
    );
    expect(stepsTold([...three, ...back])).toEqual([1, 'rolledBack', 'supervisorEdited']);
    expect(edits([...three, ...back])).toEqual([{ kind: 'supervisorEdited', paths: ['month.pl'] }]);
    const undone = [...three, ...back, ...rolledBack(4, 6, true)];
    expect(stepsTold(undone)).toEqual([1, 2, 3, 'supervisorEdited', 'rolledBack']);
    expect(edits(undone)).toEqual([{ kind: 'supervisorEdited', paths: ['month.pl'] }]);
  });

  it('S2: an edit between two steps that a rollback passes over stands, and is told still', () => {
    const between = checkpoint(2, { kind: 'supervisor', step: null, changeset: mine('month.pl') });
    const later = wholeStep(2).map((body) =>
      body.type === 'checkpoint.created' ? { ...body, checkpoint: 3, continues: 2 } : body,
    );
    const all = [created(), checkpoint(0), ...wholeStep(1), between, ...later, ...rolledBack(1, 4)];
    expect(stepsTold(all)).toEqual([1, 'rolledBack', 'supervisorEdited']);
  });

  it('S3: tells which files the supervisor saved while a step ran', () => {
    const saving = wholeStep(3).map((body) =>
      body.type === 'checkpoint.created' ? { ...body, saved: ['month.pl'] } : body,
    );
    const bodies = [created(), checkpoint(0), ...wholeStep(1), ...wholeStep(2), ...saving];
    expect(edits(bodies)).toEqual([{ kind: 'supervisorEdited', paths: ['month.pl'], during: 3 }]);
    const { state, conversation } = folded(bodies);
    const { messages } = compose(
      promptView(state, conversation, (text) => text.length),
      '{}',
    );
    expect(JSON.stringify(messages)).toContain('The supervisor changed these files during step 3: month.pl.');
    expect(edits(three), 'nothing without a save').toEqual([]);
  });

  it('S3: what the agent has seen follows the story, so a rollback takes knowledge back too', () => {
    const edit = (step: number, after: string): EntryBody[] =>
      wholeStep(step).map((body) =>
        body.type === 'tool.finished' ? ran(step, { edit: { path: 'a.pl', before: null, after } }) : body,
      );
    const { state, conversation } = folded([
      created(),
      checkpoint(0),
      ...edit(1, 'one'),
      ...edit(2, 'two'),
      ...rolledBack(1, 3),
    ]);
    expect(lastSeen(story(state, conversation)).get('a.pl')).toBe('one');
  });
});

describe('promptView', () => {
  const directive = (n: number): EntryBody => ({
    type: 'directive.added',
    directive: n,
    text: `rule ${String(n)}`,
    by: 'anna',
  });

  it('G2: every standing directive is in the prompt, however much of the story is left out', () => {
    const prompt = fc.record({
      steps: fc.integer({ min: 1, max: 90 }),
      directives: fc.integer({ min: 1, max: 9 }),
      withdrawn: fc.nat(8),
    });
    const holds = (make: (view: PromptView) => { messages: readonly object[] }) =>
      fc.property(prompt, ({ steps, directives, withdrawn }) => {
        const bodies = [created(), checkpoint(0)];
        const all: EntryBody[] = [...bodies, ...Array.from({ length: directives }, (_, i) => directive(i + 1))];
        for (let step = 1; step <= steps; step += 1) all.push(...wholeStep(step));
        all.push({ type: 'directive.withdrawn', directive: withdrawn + 1, by: 'anna' });
        const { state, conversation } = folded(all);
        const text = JSON.stringify(make(promptView(state, conversation, (t) => t.length)).messages.at(-1));
        for (let n = 1; n <= directives; n += 1)
          expect(text.includes(`Directive ${String(n)}: rule ${String(n)}`)).toBe(n !== withdrawn + 1);
      });
    fc.assert(
      holds((view) => compose(view, '{}')),
      { numRuns: 30 },
    );
    // sabotaged: a ledger that keeps only the newest directive must be caught
    const forgetful = (view: PromptView) => compose({ ...view, directives: view.directives.slice(-1) }, '{}');
    expect(() => {
      fc.assert(holds(forgetful), { numRuns: 30 });
    }).toThrow();
  });

  it('B3: cuts the story at its bounds and says how much is left out', () => {
    const bodies = [created(), checkpoint(0), ...Array.from({ length: 110 }, (_, i) => wholeStep(i + 1)).flat()];
    const { state, conversation } = folded(bodies);
    const view = promptView(state, conversation, () => 1);
    // 100 at most, from the beginning of a batch.
    expect([view.story.length, view.leftOut]).toEqual([90, 20]);
    const dear = promptView(state, conversation, () => 100_000);
    expect([dear.story.length, dear.leftOut]).toEqual([1, 109]);
  });

  it('B3: keeps the newest notes only', () => {
    const notes = Array.from({ length: 70 }, (_, i) => `note ${String(i + 1)}`);
    const step = [created(), checkpoint(0), ...wholeStep(1)];
    const bodies = step.flatMap((body): EntryBody[] =>
      body.type === 'tool.finished' ? notes.map((note) => ran(1, { note })) : [body],
    );
    const { state, conversation } = folded(bodies);
    const view = promptView(state, conversation, () => 1);
    expect([view.notes.length, view.notes[0], view.notes.at(-1)]).toEqual([60, 'note 11', 'note 70']);
  });

  it('H1: no figure of a held-out suite changes a byte of the prompt', () => {
    const bodies = [created(), checkpoint(0), ...wholeStep(1), verified(1, 1, 4)];
    const prompts = [0, 1, 3].map((pass) => {
      const { state, conversation } = folded([...bodies, verified(1, pass, 4, { suite: 'heldOut', regressed: pass })]);
      return JSON.stringify(
        compose(
          promptView(state, conversation, (t) => t.length),
          '{}',
        ),
      );
    });
    expect(new Set(prompts).size).toBe(1);
  });

  it('answers every call of the transcript, also one that a stop cut', () => {
    const calls = ['a', 'b'].map((callId) => ({ callId, name: 'run', argumentsJson: '{}' }));
    const { state, conversation } = folded([
      created(),
      checkpoint(0),
      { type: 'step.started', step: 1 },
      answered(1, { calls }),
      ran(1, { callId: 'a' }),
    ]);
    const { messages } = compose(
      promptView(state, conversation, (t) => t.length),
      '{}',
    );
    expect(messages[1]).toEqual({
      role: 'tool',
      results: [
        { callId: 'a', name: 'run', output: 'done' },
        { callId: 'b', name: 'run', output: 'not run' },
      ],
    });
  });
});
