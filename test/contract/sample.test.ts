/** Contract of the real engine: a suite that costs more than its budget is sampled beside the agent, and run whole at the gate. */
import { describe, expect, it } from 'vitest';
import { standingSample } from '../../src/run/standing.ts';
import { limits } from '../../src/run/limits.ts';
import { Bench, runs, say, script } from './harness.ts';

const total = 45;
const caseSeconds = 0.03;
/** What can be saved up of this share pays for less than the suite. */
const cpuShare = 0.0015;
const burner = `my ($user, $system);
do { ($user, $system) = times } while $user + $system < ${caseSeconds};
print uc <STDIN>;
`;
const suite = Array.from({ length: total }, (_, at) =>
  JSON.stringify({
    id: `case-${at}`,
    tags: [at % 9 === 0 ? 'ninth' : 'other'],
    stdin: `a${at}`,
    expect: { stdout: at % 5 === 0 ? 'wrong' : `A${at}` },
  }),
).join('\n');
const waitsFor = (file: string) => runs(`while ! test -e ${file}; do sleep 0.1; done`);

describe('a suite that costs more than its budget', () => {
  it(
    'is sampled while the agent works, within the budget, and run whole at the gate',
    { timeout: 120_000 },
    async () => {
      const bench = await Bench.make({
        answer: script(say('Wait.', waitsFor('one')), say('Wait.', waitsFor('two'))),
        files: { 'slow.pl': burner, 'tests/visible.jsonl': suite },
        task: {
          candidate: { language: 'perl', run: ['perl', 'slow.pl'] },
          suites: { visible: 'tests/visible.jsonl' },
          verification: { cpuShare, completeEvery: 5 },
        },
      });
      const window = await bench.start();
      const whole = await bench.until(window, 'all cases', ({ figures }) => figures.visible.last !== null);
      expect(whole.figures.visible.last).toMatchObject({ checkpoint: 0, pass: 36, total });
      bench.write('one', '');
      const { figures } = await bench.until(window, 'a sample', (state) => standingSample(state) !== null);
      expect(figures.visible.last?.checkpoint).toBe(0);
      bench.write('two', '');
      const atGate = await bench.gate(window);
      expect(atGate.figures.visible).toMatchObject({
        last: { checkpoint: atGate.head, pass: 36, total },
        sample: null,
      });

      const [first] = bench.entries(window, 'verification.sampled');
      expect(first).toMatchObject({ of: total, passedBefore: first?.counts.pass, regressed: 0, repaired: 0 });
      const ran = (first?.total ?? 0) + (first?.beside.total ?? 0);
      expect(ran, 'of those watched some are drawn').toBeGreaterThanOrEqual(limits.sampleCasesLeast / 2);
      expect(ran).toBeLessThan(total);
      expect(first?.beside.total, 'what failed last is watched').toBeGreaterThan(0);
      const used = (first?.cost?.casesCpuMs ?? 0) / 1_000;
      expect(used).toBeGreaterThan(ran * caseSeconds * 0.9);
    },
  );
});
