import { describe, expect, it } from 'vitest';
import { optionsOf, type CommandName } from '../../../src/cli/args.ts';
import { helpOf } from '../../../src/cli/help.ts';

describe('the help of one command', () => {
  it('says what belongs to it, and nothing of the others', () => {
    expect(helpOf('accept')).toBe(`Belay: supervised autonomous runs that rebuild a program.

  belay accept [run] [--file path]  accept the open gate, or one file of it
      --commit [-m "…"]             first make a commit of it on your branch, with these files only; a hook that refuses
                                    it leaves everything as it was. "belay undo-accept" takes both back

A run is named by its id, the end of its id, or its folder; without one it is the run of this folder, or the only one.
Exit codes: 0 finished, 1 failure, 2 wrong usage or refused to start, 3 waits at a gate.
`);
    expect(helpOf('run')).toContain('BELAY_API_KEY');
    expect(helpOf('run')).toContain('--json prints one JSON object a line.');
    expect(helpOf('undo')).not.toContain('undo-accept');
    expect(helpOf('verify-audit').split('\n')[2]).toMatch(/^ {2}belay verify-audit /);
  });

  it('is there for each command, and names its options', () => {
    const silent = (Object.keys(optionsOf) as CommandName[]).flatMap((name) => {
      const help = helpOf(name);
      const words = optionsOf[name].map((option) => (option === 'message' ? '-m' : `--${option}`));
      return words.filter((word) => !help.includes(word)).map((word) => `${name} ${word}`);
    });
    expect(silent).toEqual([]);
  });
});
