/** Signs of a stall: honest work raises none, each planted stall is found soon, and each test can fail. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stallEffect } from '../../../src/run/ladder.ts';
import { limits } from '../../../src/run/limits.ts';
import { reduce } from '../../../src/run/reduce.ts';
import type { StallKind, StallState } from '../../../src/run/stallFacts.ts';
import { recordedRun, StallRun, type Made } from './stallRuns.ts';

/** The effects on stalls between all steps of a recorded run. */
function stallsIn(name: 'sample' | 'cmark') {
  const states = [...recordedRun(name)];
  return {
    steps: states.at(-1)?.stepsFinished ?? 0,
    found: states.map(stallEffect).filter((effect) => effect !== null),
  };
}

describe('honest work', () => {
  it.each(['sample', 'cmark'] as const)('the recorded run of %s raises no alarm', (name) => {
    const { steps, found } = stallsIn(name);
    expect(steps).toBeGreaterThan(25);
    expect(found).toEqual([]);
  });

  it('a long time of reading raises none: each file tells something new', () => {
    const reading = new StallRun().until(
      (n) => ({ calls: [{ name: 'read_file', args: `{"path":"src/${n}.c"}`, output: `file ${n}` }] }),
      limits.stallUnchangedSteps - 1,
    );
    expect(reading.kinds).toEqual([]);
  });

  it('a batch raises none: edits that look alike, each with the same answer and the same check after it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
        (edits, checks, fails) => {
          const check = { args: '{"command":"make check"}', output: fails ? 'FAIL in line 9' : 'ok', exitCode: 0 };
          const batch = new StallRun().until(
            (n) => ({
              text: 'The next of them, in the same way.',
              calls: [
                ...Array.from({ length: edits }, (_, i) => ({
                  name: 'edit_file',
                  args: `{"path":"f${n * edits + i}"}`,
                  output: 'edited',
                })),
                ...Array.from({ length: checks }, () => check),
              ],
              tree: `batch ${n}`,
              pass: Math.min(100, n),
            }),
            90,
          );
          expect(batch.kinds).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('work whose score rises now and then, and work that is done, raise none', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 5, maxLength: 15 }), (gaps) => {
        const run = new StallRun();
        let version = 0;
        for (const [index, gap] of gaps.entries())
          for (let n = 1; n <= gap; n++) {
            version += 1;
            run.step({ tree: `v${version}`, pass: n === gap ? index + 1 : index });
            expect(run.kinds()).toEqual([]);
          }
      }),
      { numRuns: 50 },
    );
    const done = new StallRun().step({ tree: 'done', pass: 100 });
    expect(done.until((n) => ({ tree: `polish ${n}`, pass: 100 }), 60).kinds).toEqual([]);
  });
});

const same = { args: '{"command":"prove -r t"}', output: 'Result: FAIL' };
const loop = 'Let me try that again with care. ';

interface Plant {
  readonly kind: StallKind;
  readonly make: (n: number) => Made;
  /** Found within so many steps. */
  readonly within: number;
  readonly says: RegExp;
  /** The same steps, of which one thing is honest. */
  readonly honest: (n: number) => Made;
  /** What a fold would have to forget for the sign not to come. */
  readonly blind: (stalls: StallState) => StallState;
}

const withoutTraces =
  (change: (trace: StallState['traces'][number]) => StallState['traces'][number]) => (stalls: StallState) => ({
    ...stalls,
    traces: stalls.traces.map(change),
  });

const plants: readonly Plant[] = [
  {
    kind: 'calls',
    make: (n) => ({ calls: [same, { args: `{"command":"cat ${n}"}`, output: `${n}` }] }),
    within: 5,
    says: /^“run .*prove.*” gave the same result in 5 of the last 5 steps, and no file changed$/,
    honest: (n) => ({ calls: [{ ...same, output: `Failed ${n} of 40` }] }),
    blind: withoutTraces((trace) => ({
      ...trace,
      calls: trace.calls.map((call) => ({ ...call, result: String(trace.step) })),
    })),
  },
  {
    kind: 'errors',
    make: (n) => ({
      calls: [
        {
          name: 'edit_file',
          args: `{"n":${n}}`,
          output: `error: the old text is not in lib.pl (line ${n})`,
          status: 'error',
        },
      ],
      tree: `v${n}`,
      pass: n,
    }),
    within: 6,
    says: /^the same error in 6 of the last 6 steps: “error: the old text is not in lib\.pl \(line 6\)”$/,
    honest: (n) => ({
      calls: [
        {
          name: 'edit_file',
          args: `{"n":${n}}`,
          output: `error: the old text is not in ${'abcdefghijklmnopqrstuvwxyz'.charAt(n)}.pl`,
          status: 'error',
        },
      ],
      tree: `v${n}`,
      pass: n,
    }),
    blind: withoutTraces((trace) => ({ ...trace, calls: trace.calls.map((call) => ({ ...call, error: null })) })),
  },
  {
    kind: 'alternation',
    make: (n) => ({ calls: [{ args: `{"n":${n}}`, output: 'ok' }], tree: n % 2 === 0 ? 'with the fix' : 'without' }),
    within: 6,
    says: /^the files went round the same 2 versions 3 times since step 1$/,
    honest: (n) => ({
      calls: [{ args: `{"n":${n}}`, output: 'ok' }],
      tree: n % 2 === 0 ? 'with the fix' : `without ${n}`,
    }),
    blind: withoutTraces((trace) => ({ ...trace, tree: String(trace.step) })),
  },
  {
    kind: 'text',
    make: (n) => ({ text: loop.repeat(80), tree: `v${n}`, pass: n }),
    within: 2,
    says: /^2 of the last 2 answers say the same over and over: “/,
    honest: (n) => ({
      text: Array.from({ length: 80 }, (_, i) => `Case ${i * n} needs ${i + n} more. `).join(''),
      tree: `v${n}`,
      pass: n,
    }),
    blind: withoutTraces((trace) => ({ ...trace, repeats: null })),
  },
  {
    kind: 'idle',
    make: (n) => ({ calls: [{ name: 'note', args: `{"text":"thought ${n}"}`, output: 'noted' }] }),
    within: 10,
    says: /^no file changed in 10 steps, and no call of the last 5 told anything new$/,
    honest: (n) => ({ calls: [{ name: 'probe_reference', args: `{"args":["${n}"]}`, output: `${n}` }] }),
    blind: withoutTraces((trace) => ({ ...trace, changed: true })),
  },
  {
    kind: 'score',
    make: (n) => ({ tree: `v${n}`, pass: n % 3 }),
    within: 44,
    says: /^visible has not risen above 2\.0 % in \d+ verified versions and \$\d+\.\d\d: at one gain in \d+\.\d as before, chance explains that in \d\.\d %$/,
    honest: (n) => ({ tree: `v${n}`, pass: n }),
    blind: (stalls) => ({ ...stalls, score: { ...stalls.score, waited: 0 } }),
  },
];

describe('a planted stall', () => {
  it.each(plants)(
    '$kind: is found within $within steps, and says so with its numbers',
    ({ kind, make, within, says }) => {
      const found = new StallRun().until(make, within);
      expect(found.kinds).toContain(kind);
      expect(found.text).toMatch(says);
    },
  );

  it.each(plants)('$kind: is none where the steps come to something', ({ kind, honest, within }) => {
    expect(new StallRun().until(honest, Math.min(within, 25)).kinds).not.toContain(kind);
  });

  it.each(plants)(
    '$kind, sabotaged: a fold that forgets what it is told by finds none',
    ({ kind, make, within, blind }) => {
      const sabotaged = new StallRun(undefined, (state, entry) => {
        const next = reduce(state, entry);
        return { ...next, stalls: blind(next.stalls) };
      });
      expect(sabotaged.until(make, within).kinds).not.toContain(kind);
    },
  );

  it('calls that go in a longer round are found, too, and how long a command took makes no difference', () => {
    const round = (n: number): Made => ({
      calls: [{ args: `{"n":${n % 7}}`, output: `Files=3, ${n} wallclock secs` }],
    });
    const { kinds, steps } = new StallRun().until(round, 20);
    expect(kinds).toContain('idle');
    expect(steps).toBeLessThanOrEqual(14);
  });

  it('dollars without a gain are a sign where they pass the bound of the task, but not before five versions', () => {
    const policy = { nudge: true, freshContext: true, rollback: true, hold: true, gainlessUsd: 2 };
    const dear = new StallRun(policy).until((n) => ({ tree: `v${n}`, pass: 0, costUsd: 1 }), 20);
    expect(dear).toMatchObject({ steps: 5, kinds: ['score'] });
    expect(dear.text).toBe('visible has not risen above 0.0 % in 5 verified versions and $5.00');
  });

  it('(1−r)^k: who gained often waits for fewer versions than who gained seldom', () => {
    const often = new StallRun();
    for (let n = 1; n <= 20; n++) often.step({ tree: `a${n}`, pass: n });
    const seldom = new StallRun();
    for (let n = 1; n <= 40; n++) seldom.step({ tree: `a${n}`, pass: Math.floor(n / 10) });
    const flat = (run: StallRun) => run.until((n) => ({ tree: `flat ${n}`, pass: 0 }), 60).steps;
    expect(flat(often)).toBe(11); // 0.75^11 < 0.05
    expect(flat(seldom)).toBe(29); // 0.9^29 < 0.05
  });
});
