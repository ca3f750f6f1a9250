/** Policies of an organisation: what is read of a file, what is refused and in which words. */
import { describe, expect, it } from 'vitest';
import { parsePolicy, type HeldPolicy } from '../../../src/run/policy.ts';
import { changeRefused, limitsRefused, personRefused, policyLines } from '../../../src/run/policyRefusals.ts';

const file = '/etc/belay/policy.json';

function held(text: string, at = file): HeldPolicy {
  const parsed = parsePolicy(text, at);
  if (!parsed.ok) throw new Error(parsed.problems.join());
  return parsed.held;
}

const strict = held(`{
  // of the platform team
  "limits": {
    "costUsd": 100,
    "wallHours": 24
  },
  "mayRaiseLimits": ["anna", "kim"],
  "mayAccept": [],
  "contact": "platform@example.com"
}`);

const within = { costUsd: { soft: 20, hard: 60 }, wallMs: { hard: 3_600_000 } };

describe('a policy file', () => {
  it('is told with file, line and what to do where it is wrong', () => {
    const problems = (text: string) => {
      const parsed = parsePolicy(text, file);
      return parsed.ok ? [] : parsed.problems;
    };
    expect(problems('{\n  "limits": { "costUsd": "100" }\n}')).toEqual([
      `${file}:2: "limits.costUsd": must be a number, not a string`,
    ]);
    expect(problems('{\n\n  "mayAcept": []\n}')).toEqual([`${file}:3: unknown key "mayAcept"`]);
    expect(problems('{ "limits": ')).toEqual([`${file}:1: is not JSON: value expected`]);
    expect(problems('')).toEqual([`${file}:1: is empty; a policy that allows everything is {}`]);
    expect(problems('[]')).toEqual([`${file}:1: must be an object, not an array`]);
    expect(problems('{}')).toEqual([]);
    expect(problems('['.repeat(100_000))[0]).toContain(`${file}:1: `);
  });
});

describe('what a policy refuses', () => {
  it('B2: limits above the most, or of a kind that the task leaves without a limit', () => {
    expect(limitsRefused([strict], within)).toBeNull();
    expect(limitsRefused([strict], { ...within, costUsd: { hard: 101 } })).toBe(
      `A hard limit of $101 is more than the policy allows: $100 at most (policy ${file}:4). Only who writes the policy can change that. Ask platform@example.com.`,
    );
    expect(limitsRefused([strict], { costUsd: { hard: 60 } })).toContain('No hard limit of hours');
    expect(limitsRefused([strict], { ...within, wallMs: { hard: 90_000_000 } })).toContain('24 h at most');
    expect(limitsRefused([], {})).toBeNull();
  });

  it('B2: raising a limit, or taking one away, by somebody else than it names; lowering is for everybody', () => {
    const raised = { ...within, costUsd: { soft: 20, hard: 80 } };
    expect(changeRefused([strict], 'lee', within, raised)).toBe(
      `lee may not raise a limit (policy ${file}:7). anna and kim may. Ask platform@example.com.`,
    );
    expect(changeRefused([strict], 'anna', within, raised)).toBeNull();
    expect(changeRefused([strict], 'lee', within, { ...within, costUsd: { soft: 30, hard: 60 } })).not.toBeNull();
    expect(changeRefused([strict], 'lee', within, { costUsd: within.costUsd })).not.toBeNull();
    expect(changeRefused([strict], 'lee', within, { ...within, costUsd: { soft: 10, hard: 50 } })).toBeNull();
    expect(changeRefused([strict], 'anna', within, { ...raised, costUsd: { hard: 500 } })).toContain('$100 at most');
    // A run from before the policy may lower what is above it.
    expect(changeRefused([strict], 'lee', { costUsd: { hard: 500 } }, { costUsd: { hard: 400 } })).toBeNull();
  });

  it('nobody where the list is empty, everybody where there is none', () => {
    expect(personRefused([strict], 'mayAccept', 'anna')).toBe(
      `anna may not accept (policy ${file}:8). Nobody may. Ask platform@example.com.`,
    );
    expect(personRefused([strict], 'mayAllowNetwork', 'anna')).toBeNull();
  });

  it('all that hold, together: a further one loosens nothing', () => {
    const further = held(
      '{ "limits": { "costUsd": 1000 }, "mayAccept": ["anna"], "mayRaiseLimits": ["lee"] }',
      '/opt/p.json',
    );
    expect(personRefused([strict, further], 'mayAccept', 'anna')).toContain(file);
    expect(limitsRefused([strict, further], { ...within, costUsd: { hard: 500 } })).toContain(`${file}:4`);
    expect(personRefused([strict, further], 'mayRaiseLimits', 'anna')).toContain('/opt/p.json:1');
    // Sabotaged: if only the last one counted, anna could accept.
    expect(personRefused([further], 'mayAccept', 'anna')).toBeNull();
  });

  it('is shown as it holds for who asks', () => {
    expect(policyLines([strict], 'lee')).toEqual([
      file,
      '    A run may use $100 at most',
      '    A run may use 24 h at most',
      '    May raise a limit: anna and kim; not you (lee)',
      '    May accept: nobody; not you (lee)',
      '    May start a run whose commands can reach the network: everybody',
      '    Ask platform@example.com',
    ]);
    expect(policyLines([], 'lee')).toEqual(['No policy holds here.']);
  });
});
