/** Job: the pure parts of recording a suite: reading inputs, duals, families, screening. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawFrom } from '../../../src/base/draw.ts';
import { inputOf } from '../../../src/run/case.ts';
import { readCommandLine } from '../../../src/run/suiteMaking/commandLine.ts';
import { poolOf, variedDual } from '../../../src/run/duals.ts';
import { examplesIn, questionsIn } from '../../../src/run/suiteMaking/inputs.ts';
import { planFamilies, splitFamily, type Kept } from '../../../src/run/suiteMaking/plan.ts';
import { optionsOf, tagged, type Question } from '../../../src/run/suiteMaking/question.ts';
import { screen, type Answer } from '../../../src/run/suiteMaking/screen.ts';
import { summaryText } from '../../../src/run/suiteMaking/summary.ts';

const question = (args: readonly string[], more: Partial<Question> = {}): Question => ({
  args: [...args],
  stdin: '',
  tags: [],
  from: 'here',
  ...more,
});
const inputText = ({ args, stdin, env, files }: Question) => inputOf({ args, stdin, env, files, command: undefined });

describe('a command line', () => {
  it.each([
    ['cal 3 2011', ['3', '2011'], ''],
    ['$ cal -m "two words" \'$x\' a\\ b # why', ['-m', 'two words', '$x', 'a b'], ''],
    ['/usr/bin/cal', [], ''],
    ['echo -n "a b" | cal -', ['-'], 'a b'],
    ["printf 'a\\nb\\n' | cal", [], 'a\nb\n'],
    ['echo a | cal', [], 'a\n'],
    ["cal -x <<< 'one two'", ['-x'], 'one two\n'],
    ['cal ""', [''], ''],
  ])('is read: %s', (line, args, stdin) => {
    expect(readCommandLine(line, 'cal')).toEqual({ args, stdin });
  });

  it.each([
    'calendar 3',
    'cal $YEAR',
    'cal *.txt',
    'cal > file',
    'cal | head',
    'cal && cal',
    'cal "open',
    'cal "$(date)"',
    'cal [options] FILE',
    'cal FILE',
    'cal -3 ...',
    'cat x | cal',
    'cal \\',
    '',
  ])('is left to a shell, or is none: %s', (line) => {
    expect(readCommandLine(line, 'cal')).toBeNull();
  });

  it('is read or not, never thrown at, and never gives more than stands there', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
        const call = readCommandLine(`cal ${text}`, 'cal');
        for (const arg of call?.args ?? []) for (const char of arg) expect(text).toContain(char);
      }),
    );
  });
});

describe('inputs', () => {
  it('are lines of JSON and command lines; what is none is told with its line', () => {
    const text = '# mine\ncal 3 2011\n-3 2012\n{"args":["x"],"id":"a","expect":{"exit":0}}\n{"arg":[]}\n{\ncal $X\n';
    expect(questionsIn(text, 'cal', 'in.txt')).toEqual({
      questions: [
        question(['3', '2011'], { from: 'in.txt:2' }),
        question(['-3', '2012'], { from: 'in.txt:3' }),
        question(['x'], { from: 'in.txt:4' }),
      ],
      problems: [
        'in.txt:5: unknown key "arg"',
        expect.stringMatching(/^in.txt:6: not JSON/) as string,
        'in.txt:7: no command line of "cal" that can be asked without a shell',
      ],
    });
  });

  it('are found in documents, in code, after prompts, and in example blocks', () => {
    const text = [
      'The program `cal` shows; `cal -3 2011` three, `date` another.',
      '    $ cal 5 1999',
      'cal of the month is not a call, but is a line that begins so',
      '```` example',
      'a→b',
      '.',
      '<p>a b</p>',
      '````',
    ].join('\n');
    expect(examplesIn(text, 'cal', 'doc.md').map(({ args, stdin, from }) => [args, stdin, from])).toEqual([
      [['-3', '2011'], '', 'doc.md:1'],
      [['5', '1999'], '', 'doc.md:2'],
      [
        ['of', 'the', 'month', 'is', 'not', 'a', 'call,', 'but', 'is', 'a', 'line', 'that', 'begins', 'so'],
        '',
        'doc.md:3',
      ],
      [[], 'a\tb\n', 'doc.md:4'],
    ]);
  });

  it('are tagged by subcommand or options, unless they have a tag', () => {
    const questions = [
      question(['log', '-1']),
      question(['log', '-p', '--stat=9']),
      question(['2011']),
      question(['-b', '-3', '-5', '--', '-x']),
      question(['x'], { tags: ['mine'] }),
      question(['lone']),
    ];
    expect(tagged(questions).map(({ tags }) => tags)).toEqual([
      ['log'],
      ['log'],
      ['no option'],
      ['-b'],
      ['mine'],
      ['no option'],
    ]);
  });
});

const word = fc.stringMatching(/^[a-z]{1,6}$/);
const argument = fc.oneof(
  word,
  fc.nat(9999).map(String),
  fc.constantFrom('-b', '-A', '--width=3', '--', '08', '-5', '3.50'),
);
const anyQuestion = fc
  .record({
    args: fc.array(argument, { maxLength: 5 }),
    stdin: fc.oneof(fc.constant(''), fc.string()),
    lines: fc.array(word),
  })
  .map(({ args, stdin, lines }) => question(args, { stdin: stdin + lines.join('\n') }));

describe('a varied dual', () => {
  it('keeps the form: as many arguments, the same options in the same places, and no NUL that was not there', () => {
    fc.assert(
      fc.property(fc.array(anyQuestion, { minLength: 1 }), fc.nat(), (questions, seed) => {
        const pool = poolOf(questions);
        const draw = drawFrom(seed);
        for (const one of questions) {
          const dual = variedDual(one, pool, draw);
          if (dual === null) continue;
          expect(dual.args.length).toBe(one.args.length);
          expect(optionsOf(dual).map((option) => option.replace(/\d+/g, '#'))).toEqual(
            optionsOf(one).map((option) => option.replace(/\d+/g, '#')),
          );
          expect(dual.stdin === '').toBe(one.stdin === '' || dual.stdin === '');
          expect(dual.args.join('').includes('\0')).toBe(one.args.join('').includes('\0'));
        }
      }),
    );
  });

  it('is the same for the same seed', () => {
    const questions = [question(['3', '2011']), question(['-A', '2', '1999'], { stdin: 'one\ntwo 3\nthree\n' })];
    const all = (seed: number) => questions.map((one) => variedDual(one, poolOf(questions), drawFrom(seed)));
    expect(all(7)).toEqual(all(7));
    expect(all(7)).not.toEqual(all(8));
  });

  it('is none where nothing can be changed', () => {
    expect(variedDual(question(['--help']), poolOf([]), drawFrom(1))).toBeNull();
  });
});

describe('a plan', () => {
  it('H1: has no input twice, and deals no found question to the held-out side', () => {
    fc.assert(
      fc.property(
        fc.array(anyQuestion, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(),
        (questions, cases, seed) => {
          const families = planFamilies(questions, cases, drawFrom(seed));
          const inputs = families.flatMap(({ found, duals }) => [...found, ...duals].map(inputText));
          expect(new Set(inputs).size).toBe(inputs.length);
          for (const family of families) {
            const kept = (all: readonly Question[]) =>
              all.map((one): Kept => ({ question: one, exit: 0, output: inputText(one) }));
            const { visible, heldOut } = splitFamily(family, kept(family.found), kept(family.duals));
            expect(Math.max(visible.length, heldOut.length)).toBeLessThanOrEqual(family.quota);
            const shown = new Set(visible.map((one) => inputText(one.question)));
            expect(heldOut.filter((one) => shown.has(inputText(one.question)))).toEqual([]);
            // with a dual for each found question none is left without one
            if (family.duals.length >= family.found.length)
              expect(heldOut.length).toBeGreaterThanOrEqual(visible.length);
          }
        },
      ),
    );
  });

  it('fills most of a side with duals that succeed, and tell more than the visible ones do', () => {
    const family = { tag: 't', quota: 4, found: [question(['1'])], duals: [] };
    const kept = (name: string, exit: number, output: string): Kept => ({ question: question([name]), exit, output });
    const duals = [kept('fails', 1, 'usage'), kept('fails too', 1, 'usage 2'), kept('same', 0, 'one')];
    const good = ['a', 'b', 'c'].map((name) => kept(name, 0, name));
    const { visible, heldOut } = splitFamily(family, [kept('1', 0, 'one')], [...duals, ...good]);
    expect(heldOut.map(({ question: q }) => q.args[0])).toEqual(['a', 'b', 'same', 'fails too']);
    expect(visible.map(({ question: q }) => q.args[0])).toEqual(['1', 'c', 'fails']);
  });
});

const now = Date.UTC(2026, 10, 23, 12);
const says = (stdout: string, more: Partial<Answer> = {}): Answer => ({
  stdout,
  stderr: '',
  exit: 0,
  files: {},
  endedBy: null,
  isText: true,
  ...more,
});

describe('screening', () => {
  it.each([
    ['keeps what answers alike', says('a'), says('a'), says('a'), null],
    ['randomness', says('4'), says('7'), says('a'), 'randomness'],
    ['a clock', says('at 12:00:01'), says('at 12:00:02'), says('a'), 'time'],
    ['seconds since the epoch', says('1795435200'), says('1795435201'), says('a'), 'time'],
    ['the date of today', says('   November 2026\n'), says('   November 2026\n'), says(''), 'time'],
    [
      'a date in a file',
      says('', { files: { log: '2026-11-23 x' } }),
      says('', { files: { log: '2026-11-23 x' } }),
      says(''),
      'time',
    ],
    ['what does not end', says('', { endedBy: 'stopped after 10 s', exit: null }), says(''), says(''), 'ended'],
    ['a crash', says('', { exit: 139 }), says('', { exit: 139 }), says(''), 'crashed'],
    ['bytes', says('', { isText: false }), says('', { isText: false }), says(''), 'not text'],
  ] as const)('%s', (_, first, second, elsewhere, fault) => {
    expect(screen(question(['x']), { first, second, elsewhere }, now)).toMatchObject({ fault });
  });

  it('lets a date pass that was asked for', () => {
    const same = says('   November 2026\n');
    expect(screen(question(['November 2026']), { first: same, second: same, elsewhere: same }, now).fault).toBeNull();
  });

  it('names pitfalls of what it keeps', () => {
    const first = says('/belay/case/x: 3,5');
    expect(screen(question(['x']), { first, second: first, elsewhere: says('3.5') }, now)).toEqual({
      fault: null,
      pitfalls: ['paths', 'environment'],
    });
  });
});

describe('the summary', () => {
  it('H1: tells of the held-out suite counts only', () => {
    const text = summaryText({
      reference: '/usr/bin/cal',
      visible: { file: 'tests/visible.jsonl', cases: 3 },
      heldOut: { file: '../held-out.jsonl', cases: 2 },
      families: [
        { tag: '-b', visible: 2, heldOut: 2 },
        { tag: '--help', visible: 1, heldOut: 0 },
      ],
      found: { inputs: 1, docs: 2, cases: 0, duals: 9 },
      screened: [{ fault: 'time', count: 2, examples: ['docs/cal.md:3'] }],
      pitfalls: [{ pitfall: 'paths', count: 1, examples: ['b-01'] }],
      suites: null,
      kept: ['tests/v.jsonl.bak'],
      problems: ['in.txt:5: unknown key "arg"'],
    });
    expect(text).toContain('- 2: the reference shows the date or the time of day, such as docs/cal.md:3');
    expect(text).toContain('## Without held-out duals\n\n- --help: nothing of their questions can be changed');
    expect(text).toContain('- what was there before: kept in tests/v.jsonl.bak');
    expect(text).toContain('| -b | 2 | 2 |');
    expect(text).toContain('- in.txt:5: unknown key "arg"');
  });
});
