/** Job: whole runs for tests of stalls: honest ones that were recorded, and ones that are made step by step. */
import { readFileSync } from 'node:fs';
import type { EntryBody, ToolStatus } from '../../../src/run/entry.ts';
import { stallEffect } from '../../../src/run/ladder.ts';
import { initialState, reduce } from '../../../src/run/reduce.ts';
import type { StallKind, StallPolicy } from '../../../src/run/stallFacts.ts';
import type { RunState } from '../../../src/run/state.ts';
import { answered, checkpoint, created, entriesOf, ran, requested, verified } from './builders.ts';

export const allRungs: StallPolicy = { nudge: true, freshContext: true, rollback: true, hold: true };

export interface Made {
  readonly calls?: readonly {
    readonly name?: string;
    readonly args: string;
    readonly output: string;
    readonly status?: ToolStatus;
    readonly exitCode?: number;
  }[];
  readonly text?: string;
  /** The tree at its end; absent: no file changed. */
  readonly tree?: string;
  /** Visible cases that pass then, of 100. */
  readonly pass?: number;
  readonly costUsd?: number;
}

/** A run that is made step by step; each between-steps moment is asked for what is to be done about stalls. */
export class StallRun {
  state: RunState;
  private readonly fold: (state: RunState, entry: Parameters<typeof reduce>[1]) => RunState;

  /** @param fold a sabotaged reducer in place of the real one */
  constructor(policy: StallPolicy = allRungs, fold = reduce, hardUsd = 1_000) {
    this.fold = fold;
    this.state = initialState;
    this.add(created({ limits: { costUsd: { hard: hardUsd } }, stalls: policy }), checkpoint(0), verified(0, 0, 100));
  }

  add(...bodies: readonly EntryBody[]): this {
    this.state = entriesOf(bodies, this.state).reduce(this.fold, this.state);
    return this;
  }

  step({ calls = [], text = '', tree, pass, costUsd = 0.1 }: Made): this {
    const step = this.state.stepsStarted + 1;
    const at = this.state.checkpoints.length;
    const made = calls.map((call, index) => ({ callId: `${step}.${index + 1}`, name: 'run', ...call }));
    this.add(
      { type: 'step.started', step },
      requested(step),
      answered(step, {
        text,
        costUsd,
        calls: made.map(({ callId, name, args }) => ({ callId, name, argumentsJson: args })),
      }),
      ...made.flatMap(({ callId, name, args, output, status = 'ok', exitCode }): EntryBody[] => [
        { type: 'tool.started', step, callId, name, title: `${name} ${args}` },
        ran(step, { callId, status, output, ...(exitCode !== undefined && { exitCode }) }),
      ]),
      checkpoint(at, { step, tree: tree ?? this.state.checkpoints.get(at - 1)?.tree ?? '', continues: at - 1 }),
      { type: 'step.finished', step, checkpoint: at, title: '' },
    );
    return pass === undefined ? this : this.add(verified(at, pass, 100));
  }

  /** Kinds of the signs that hold now. */
  kinds(): readonly StallKind[] {
    const effect = stallEffect(this.state);
    return effect?.kind === 'climb' ? effect.signs.map(({ kind }) => kind) : [];
  }

  /** Makes steps until a sign comes; how many it took, and which came. */
  until(
    make: (n: number) => Made,
    most: number,
  ): { readonly steps: number; readonly kinds: readonly StallKind[]; readonly text: string } {
    for (let n = 1; n <= most; n++) {
      this.step(make(n));
      const effect = stallEffect(this.state);
      if (effect?.kind === 'climb')
        return { steps: n, kinds: effect.signs.map(({ kind }) => kind), text: effect.signs[0]?.text ?? '' };
    }
    return { steps: most, kinds: [], text: '' };
  }
}

interface Line {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The states between the steps of a recorded run: its calls, results as fingerprints, trees and verdicts. */
export function* recordedRun(name: 'sample' | 'cmark'): Generator<RunState> {
  const text = readFileSync(new URL(`../../fixtures/honestRuns/${name}.jsonl`, import.meta.url), 'utf8');
  let state = entriesOf([created({ stalls: allRungs, limits: { costUsd: { hard: 5 } } })]).reduce(reduce, initialState);
  for (const line of text.split('\n').filter(Boolean)) {
    const body = bodyOf(JSON.parse(line) as Line);
    // A step that a rollback cut in the recording is not finished here either.
    if (body.type === 'step.finished' && state.step === null) continue;
    state = entriesOf([body], state).reduce(reduce, state);
    if (state.step === null) yield state;
  }
}

function bodyOf({ type, ...fields }: Line): EntryBody {
  switch (type) {
    case 'model.answered':
      return answered(fields['step'] as number, fields);
    case 'tool.finished':
      return ran(fields['step'] as number, fields);
    case 'checkpoint.created':
      return checkpoint(fields['checkpoint'] as number, fields);
    case 'step.finished':
      return { type, step: fields['step'] as number, checkpoint: fields['checkpoint'] as number, title: '' };
    case 'verification.finished':
      return verified(fields['checkpoint'] as number, fields['pass'] as number, fields['total'] as number);
    default:
      return { type, ...fields } as unknown as EntryBody;
  }
}
