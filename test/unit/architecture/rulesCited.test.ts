import { describe, expect, it } from 'vitest';
import { citedRules, uncitedRules } from '../../architecture/rulesCited.ts';

describe('rules cited in test titles', () => {
  it('finds one rule, several rules and rules of a group', () => {
    const source = `
      describe('J1: dense', () => { it("J3, J4: cuts", f); it.each([1])(\`C1: nothing\`, f); });
      test.skipIf(x)('H1: canary', f);`;
    expect([...citedRules(source)].sort()).toEqual(['C1', 'H1', 'J1', 'J3', 'J4']);
  });

  it('takes no citation from a comment, a body or a title without the colon', () => {
    expect([...citedRules("// it cites J1: here\nit('J2 is mentioned', () => { const x = 'J3: no'; });")]).toEqual([]);
  });

  it('names the rules that nobody cites', () => {
    expect(uncitedRules(['J1', 'J2', 'W1'], ["it('J2: published after sync', f)"])).toEqual(['J1', 'W1']);
  });
});
