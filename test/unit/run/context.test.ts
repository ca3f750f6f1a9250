/** The context: when it is made shorter, what may stand in for the story, and what prompts then tell. */
import { describe, expect, it } from 'vitest';
import { compose } from '../../../src/engine/prompt/compose.ts';
import { summaryAsk } from '../../../src/engine/prompt/summaryAsk.ts';
import { compactAtTokens, contextEffect, standingCut, stepsTold, storyTokens } from '../../../src/run/context.ts';
import { compactedWords, contextWords, whatItDoes } from '../../../src/run/contextWords.ts';
import { Conversation } from '../../../src/run/conversation.ts';
import { decide } from '../../../src/run/decide.ts';
import type { EntryBody, TaskFacts } from '../../../src/run/entry.ts';
import { limits } from '../../../src/run/limits.ts';
import { promptView } from '../../../src/run/promptView.ts';
import { openingEntries } from '../../../src/run/recover.ts';
import { initialState, reduce } from '../../../src/run/reduce.ts';
import { summaryProblems } from '../../../src/run/summaryCheck.ts';
import { checkpoint, created, entriesOf, fold, requested, task, wholeStep } from './builders.ts';

const blob = { digest: 's', bytes: 1 };
const steps = (from: number, to: number): EntryBody[] =>
  Array.from({ length: to - from + 1 }, (_, i) => wholeStep(from + i)).flat();
const run = (to: number, facts: Partial<TaskFacts> = {}) => [created(facts), checkpoint(0), ...steps(1, to)];
const full = (step: number): EntryBody[] =>
  wholeStep(step).map((body) =>
    body.type === 'model.answered' ? { ...body, usage: { ...body.usage, input: limits.compactAtTokens } } : body,
  );

const asks = (at: number, more: Partial<EntryBody<'summary.requested'>> = {}): EntryBody<'summary.requested'> => ({
  type: 'summary.requested',
  checkpoint: at,
  why: 'full',
  attempt: 1,
  prompt: { digest: 'p', bytes: 1 },
  maxOutputTokens: 1_000,
  reservedUsd: 0.5,
  reservedTokens: 5_000,
  directives: [],
  ...more,
});
const gives = (problems: readonly string[] = []): EntryBody<'summary.answered'> => ({
  type: 'summary.answered',
  text: 'all that matters',
  usage: { input: 1_000, cachedInput: 900, cacheWriteInput: 0, output: 100 },
  usageEstimated: false,
  costUsd: 0.01,
  wallMs: 1,
  finishReason: 'stop',
  problems,
});
const compacted = (at: number, step: number): EntryBody<'context.compacted'> => ({
  type: 'context.compacted',
  checkpoint: at,
  step,
  why: 'full',
  summary: blob,
  head: 'all',
  steps: step,
  tokensBefore: 100_000,
  tokensAfter: 4_000,
  costUsd: 0.01,
});
const rolledBack = (to: number, at: number, undo = false): EntryBody[] => [
  checkpoint(at, { kind: 'safety', step: null }),
  { type: 'rollback.started', to, safety: at, plan: { digest: 'd', bytes: 1 }, by: 'anna', undo },
  checkpoint(at + 1, { kind: 'rollback', step: null, continues: to }),
  { type: 'rollback.finished', to, written: 1, deleted: 0, kept: 0, conflicts: [] },
];
const failed = (kind: EntryBody<'summary.failed'>['kind'], retryable: boolean): EntryBody<'summary.failed'> => ({
  type: 'summary.failed',
  attempt: 1,
  kind,
  message: 'It failed.',
  retryable,
  costUsd: 0,
  tokens: 0,
});

describe('a context that is full', () => {
  it('asks for a summary, uses the one that passed, and then goes on', () => {
    const state = fold([...run(4), ...full(5)]);
    expect(decide(fold(run(4)), 0)).toEqual({ kind: 'beginStep' });
    expect(decide(state, 0)).toEqual({ kind: 'requestSummary', why: 'full', by: null });
    const answeredState = fold([asks(5), gives()], state);
    expect(decide(answeredState, 0), 'S1: a durable summary is not bought again').toEqual({ kind: 'compact' });
    expect(answeredState.budget.spentUsd).toBeCloseTo(0.51);
    const after = fold([compacted(5, 5)], answeredState);
    expect(decide(after, 0)).toEqual({ kind: 'beginStep' });
    expect(after.context).toMatchObject({
      pending: null,
      tokens: 4_000,
      cuts: [{ checkpoint: 5, step: 5, tokens: 4_000 }],
    });
    expect(stepsTold(after)).toBe(0);
  });

  it('is that after so many steps, too, or by the task and the window of its model', () => {
    expect(contextEffect(fold(run(limits.compactAtSteps - 1)))).toBeNull();
    expect(contextEffect(fold(run(limits.compactAtSteps)))).toMatchObject({ kind: 'requestSummary' });
    const small = { context: { way: 'fresh', compactAtTokens: 1_100 } } as const;
    expect(contextEffect(fold(run(4, small)))).toEqual({ kind: 'freshen', why: 'full', by: null });
    expect(contextEffect(fold(run(400, { context: { way: 'off' } })))).toBeNull();
    const narrow = fold(run(1, { model: { ...task.model, windowTokens: 9_000 } }));
    expect([compactAtTokens(narrow), storyTokens(narrow)]).toEqual([6_400, 7_680]);
  });

  it('B3: is left alone where it is full of other things than steps', () => {
    const small = { context: { way: 'summary', compactAtTokens: 10 } } as const;
    expect(contextEffect(fold(run(limits.compactStepsLeast - 1, small)))).toBeNull();
    expect(contextEffect(fold(run(limits.compactStepsLeast, small)))).not.toBeNull();
    const cut = fold([...run(3, small), asks(3), gives(), compacted(3, 3), ...steps(4, 9)]);
    expect(contextEffect(cut), 'no more than the summary came').toBeNull();
  });

  it('B3 G2: asks once more after a summary that did not pass, and then leaves the story out, with why', () => {
    const asked = fold([...run(4), ...full(5), asks(5), gives(['it did not name directive 1'])]);
    expect(decide(asked, 0)).toMatchObject({ kind: 'requestSummary' });
    const again = fold([asks(5), gives(['it was empty'])], asked);
    const instead = 'no summary passed: it was empty';
    expect(decide(again, 0)).toEqual({ kind: 'freshen', why: 'full', by: null, instead });
    const refused = fold([asks(5), failed('rejected', false)], asked);
    expect(decide(refused, 0)).toMatchObject({ kind: 'freshen', instead: 'no summary passed: It failed' });
  });

  it('B3: waits and gives up on a provider as a step does', () => {
    let state = fold([...run(4), ...full(5)]);
    for (let n = 1; n < limits.modelAttempts; n++) {
      state = fold([asks(5, { attempt: n }), { ...failed('server-error', true), retryAt: state.at + 60_000 }], state);
      expect(decide(state, state.at)).toMatchObject({ kind: 'wait' });
    }
    state = fold([asks(5), failed('server-error', true)], state);
    expect(decide(state, state.at)).toMatchObject({ kind: 'pause', reason: 'model' });
    const resumed = fold(
      [
        { type: 'run.paused', reason: 'model', message: '' },
        { type: 'run.resumed', by: 'anna' },
      ],
      state,
    );
    expect(decide(resumed, resumed.at)).toMatchObject({ kind: 'requestSummary' });
  });

  it('S1 B1: a call that the engine did not see end is charged with all that was reserved', () => {
    const state = fold([...run(4), ...full(5), asks(5)]);
    expect(openingEntries(state, 1)[1]).toMatchObject({ type: 'summary.failed', costUsd: 0.5, tokens: 5_000 });
    expect(state.budget.reservedUsd).toBe(0.5);
    const [started, cut] = openingEntries(state, 1);
    if (started === undefined || cut === undefined) throw new Error('two entries');
    expect(fold([started, cut], state).budget).toMatchObject({ reservedUsd: 0, tokens: state.budget.tokens + 5_000 });
  });

  it('G1: does nothing at a gate, and what the supervisor asks for is done between two steps', () => {
    const asked: EntryBody = { type: 'context.asked', way: 'fresh', by: 'anna' };
    const within = fold([...run(4), { type: 'step.started', step: 5 }, asked]);
    expect(decide(within, 0)).toEqual({ kind: 'requestModel' });
    expect(decide(fold([...run(4), asked]), 0)).toEqual({ kind: 'freshen', why: 'asked', by: 'anna' });
    const reasons = [{ kind: 'steps', text: '5 steps' }] as const;
    const gate: EntryBody = { type: 'gate.opened', gate: 1, step: 5, checkpoint: 5, reasons };
    expect(decide(fold([...run(4), ...full(5), gate]), 0)).toEqual({ kind: 'wait' });
  });
});

describe('a prompt that was too long', () => {
  const tooLong: EntryBody<'model.failed'> = {
    type: 'model.failed',
    step: 5,
    attempt: 1,
    kind: 'too-long',
    message: 'too long',
    retryable: false,
    costUsd: 0,
    tokens: 0,
  };
  const within = (way: 'summary' | 'off') =>
    fold([...run(4, { context: { way } }), { type: 'step.started', step: 5 }, requested(5), tooLong]);

  it('is compacted within its step, which then goes on', () => {
    expect(decide(within('summary'), 1e9)).toMatchObject({ kind: 'requestSummary', why: 'overflow' });
    expect(decide(within('off'), 1e9)).toMatchObject({ kind: 'requestModel' });
    const after = fold([asks(4, { why: 'overflow' }), gives(), compacted(4, 5)], within('summary'));
    expect(decide(after, 1e9)).toEqual({ kind: 'requestModel' });
    expect(compactAtTokens(after), 'it does not come to that again').toBeLessThan(1_300);
  });
});

describe('a summary', () => {
  const text = [
    'The parser reads paragraphs, headings and lists; see parse.pl, from line 40 on, and render.pl for what it prints.',
    'The original ends with status 2 at an unknown option, and prints nothing on stdout then. Tabs are four columns.',
    '**Directive 12**: no globals were used since step 40; render.pl still has one.',
    '- *Tables:*   half done.',
  ].join('\n');
  const state = fold([
    created(),
    ...Array.from({ length: 12 }, (_, i): EntryBody => ({
      type: 'directive.added',
      directive: i + 1,
      text: 'No globals.',
      by: 'anna',
    })),
    ...Array.from({ length: 11 }, (_, i): EntryBody => ({
      type: 'directive.withdrawn',
      directive: i + 1,
      by: 'anna',
    })),
  ]);
  const planned = {
    ...state,
    plan: [
      { title: 'Tables', status: 'doing' as const },
      { title: 'Lists', status: 'done' as const },
    ],
  };
  const problems = (written: string, more: { finishReason?: string; calls?: number } = {}) =>
    summaryProblems(planned, [1, 12], { text: written, finishReason: 'stop', calls: 0, ...more });

  it('G2: passes where it names every standing directive and every open item', () => {
    expect(problems(text)).toEqual([]);
    expect(problems(text.replace('Directive 12', 'Directive 1'))).toEqual(['it did not name directive 12']);
    expect(problems(text.replace('Tables', 'Tablets'))).toEqual(['it did not name “Tables”']);
  });

  it.each([
    ['', {}, 'it was empty'],
    ['', { calls: 1 }, 'it called tools and wrote nothing'],
    ['Directive 12, Tables', {}, 'it had 20 characters, which is too few'],
    [`${text}${'x1 y2 '.repeat(4_000)}`, {}, 'it had 24,3'],
    [text, { finishReason: 'max_tokens' }, 'it was cut at the output limit'],
    [`${text}${'and so on '.repeat(300)}`, {}, 'it said the same over and over'],
  ])('does not pass: %#', (written, more, problem) => {
    expect(problems(written, more).join()).toContain(problem);
  });

  it('is asked for with all that it has to name, and with what the last one lacked', () => {
    const directives = [{ directive: 12, text: 'No globals.' }];
    const words = summaryAsk({ directives, plan: planned.plan }, ['it was empty']);
    expect(words).toContain('for each directive a line');
    expect(words).toContain('for each open item of the plan');
    expect(words).toContain('Your last summary was not taken: it was empty.');
    expect(summaryAsk({ directives: [], plan: [] }, [])).not.toContain('directive a line');
  });
});

describe('what prompts tell after a cut', () => {
  function folded(bodies: readonly EntryBody[]) {
    const conversation = new Conversation();
    const state = entriesOf(bodies).reduce((before, entry) => {
      conversation.fold(entry);
      return reduce(before, entry);
    }, initialState);
    return { state, conversation };
  }
  const told = (bodies: readonly EntryBody[], summary: string | null = 'what I wrote') => {
    const { state, conversation } = folded(bodies);
    const stands = (standingCut(state)?.summary ?? null) === null ? null : summary;
    const view = promptView(state, conversation, () => 1, undefined, { summary: stands });
    return {
      view,
      prompt: compose(view, '{}'),
      steps: view.story.flatMap((i) => (i.kind === 'turn' ? [i.turn.step] : [])),
    };
  };
  const cut = [...run(3), asks(3), gives(), compacted(3, 3)];

  it('begins with the summary, in the role of the agent, and what came since', () => {
    const { prompt, steps: since } = told([...cut, ...steps(4, 5)]);
    expect(since).toEqual([4, 5]);
    expect(prompt.messages.slice(0, 3)).toEqual([
      { role: 'user', text: '[What came before is left out. This is what you wrote of it.]' },
      { role: 'assistant', text: 'what I wrote', calls: [] },
      { role: 'user', text: '[What came since follows.]' },
    ]);
    expect(JSON.stringify(told(cut).prompt.messages.at(-1)), 'it goes on').toContain('Go on with the next step.');
  });

  it('stays the same at its beginning, which a provider caches', () => {
    const [one, other] = [told([...cut, ...steps(4, 5)]).prompt, told([...cut, ...steps(4, 6)]).prompt];
    expect(other.messages.slice(0, one.messages.length - 1)).toEqual(one.messages.slice(0, -1));
  });

  it('is the story again after a rollback to a checkpoint before it, and the summary after its undo', () => {
    const back = [...cut, ...steps(4, 5), ...rolledBack(2, 6)];
    expect(told(back)).toMatchObject({ steps: [1, 2], view: { summary: null, fresh: false } });
    expect(told([...back, ...rolledBack(6, 8, true)])).toMatchObject({
      steps: [4, 5],
      view: { summary: 'what I wrote' },
    });
    expect(told([...cut, ...steps(4, 5), ...rolledBack(4, 6)]), 'after it').toMatchObject({ steps: [4] });
  });

  it('is nothing of the story where it was left out', () => {
    const freshened: EntryBody = {
      type: 'context.freshened',
      checkpoint: 3,
      step: 3,
      why: 'asked',
      by: 'anna',
      steps: 3,
      tokensBefore: 900,
      costUsd: 0,
    };
    const fresh = told([...run(3), freshened, ...steps(4, 4)]);
    expect(fresh).toMatchObject({ steps: [4], view: { summary: null, fresh: true } });
    expect(JSON.stringify(fresh.prompt)).toContain('Belay left out all that came before');
  });
});

describe('the context in words', () => {
  it('says how full it is, and at what it is compacted', () => {
    expect(contextWords(fold([created()]))).toBeNull();
    expect(contextWords(fold(run(1)))).toBe('Context 1.2 k tokens, compacted at 100 k');
    const wide = { model: { ...task.model, windowTokens: 200_000 } };
    expect(contextWords(fold([...run(4, wide), ...full(5)]))).toBe('Context 50 % of 200 k tokens, compacted at 100 k');
    expect(contextWords(fold(run(1, { context: { way: 'off' } })))).toBe('Context 1.2 k tokens');
  });

  it('says what was kept and what it cost, and beforehand what it would do', () => {
    const state = fold([
      ...run(4),
      { type: 'directive.added', directive: 1, text: 'No globals.', by: 'anna' },
      ...full(5).map((body) =>
        body.type === 'tool.finished'
          ? { ...body, note: 'tabs', plan: [{ title: 'Tables', status: 'open' as const }] }
          : body,
      ),
    ]);
    expect(compactedWords(state, compacted(5, 5))).toBe(
      'Context compacted, it was full: a summary stands in for 5 steps. 100 k → 4.0 k tokens, $0.01. Kept word for word: 1 directive, the plan (1 open) and 1 note',
    );
    const summary = whatItDoes(state, 'summary');
    expect(summary.text).toBe('Replace 5 steps in the prompt (100 k tokens) by a summary?');
    expect(summary.detail).toMatch(
      /^The model writes it, which costs about \$0\.36 at most, .*Kept word for word: 1 directive/,
    );
    expect(whatItDoes(fold([{ type: 'step.started', step: 6 }], state), 'fresh').detail).toMatch(
      /^After step 6 the agent/,
    );
  });
});
