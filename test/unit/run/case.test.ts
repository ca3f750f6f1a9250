/** Job: lines of a suite: what a case may be, and that each bad line says what is wrong, where, and what to do. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inputOf } from '../../../src/run/case.ts';
import { parseSuite } from '../../../src/run/suite.ts';

const told = (...lines: readonly (string | object)[]) =>
  parseSuite(lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')).problems.map(
    ({ line, message }) => `${String(line)}: ${message}`,
  );
const one = { id: 'a', expect: { exit: 0 } };

describe('a suite', () => {
  it('reads fixtures, environment, expected files and a comparator', () => {
    const full = {
      id: 'full',
      tags: ['t'],
      args: ['-x'],
      stdin: 'in',
      env: { TZ: 'Asia/Tokyo' },
      files: { 'in/a.txt': 'a' },
      compare: 'numbers',
      tolerance: { relative: 0.01 },
      expect: { stdout: '1', stderr: '', exit: 1, files: { 'out/b.txt': '2' } },
    };
    expect(parseSuite(JSON.stringify(full))).toEqual({ cases: [full], problems: [], files: [], report: null });
    expect(parseSuite('\uFEFF{"id":"c","command":"make check","expect":{"exit":0}}\r\n').problems).toEqual([]);
  });

  it.each([
    [[{ expect: { exit: 0 } }], '1: id: "id" is missing (string)'],
    [[{ ...one, tag: 'x' }], '1: unknown key "tag"'],
    [[{ ...one, expect: { exit: 0, stdoutt: '' } }], '1: expect: unknown key "stdoutt"'],
    [[{ ...one, args: 'x' }], '1: args: must be an array, not a string'],
    [[{ ...one, args: ['a\0'] }], '1: args.0: must not hold a NUL'],
    [[one, '', { ...one, expect: {} }], '3: expect: expects nothing: give "stdout", "stderr", "exit" or "files"'],
    [[one, one], '2: duplicate id "a", first on line 1'],
    [[''], '1: the suite has no case'],
    [
      [{ ...one, files: { '../x': '' } }],
      '1: files: "../x" is no path within the case\'s folder, such as "in/notes.txt"',
    ],
    [[{ ...one, files: { '/x': '' } }], '1: files: "/x" is no path within the case\'s folder, such as "in/notes.txt"'],
    [[{ ...one, files: { a: '', 'a/b': '' } }], '1: files: "a" is a file, so "a/b" can\'t be in it'],
    [[{ ...one, env: { 'A-B': '' } }], '1: env: "A-B" is no name of a variable (letters, digits and _)'],
    [[{ ...one, env: { PATH: '/x' } }], '1: env: "PATH" is set by Belay: name programs whole'],
    [
      [{ ...one, command: 'x', args: ['y'] }],
      '1: args: go with the candidate, not with "command": write them into the command',
    ],
    [[{ ...one, compare: 'numbers' }], '1: tolerance: goes with "compare": "numbers", and that with a tolerance'],
    [[{ ...one, compare: 'numbers', tolerance: {} }], '1: tolerance: give "absolute", "relative" or both'],
    [
      [{ ...one, compare: 'json', expect: { stdout: '{' } }],
      '1: expect.stdout: must be JSON, or one JSON value a line, to be compared as "json"',
    ],
    [
      [{ ...one, compare: 'regex', expect: { files: { f: '(' } } }],
      '1: expect.files.f: is not a regular expression (of JavaScript, with the flag u)',
    ],
  ])('says what is wrong with %j', (lines, message) => {
    expect(told(...lines)).toEqual([message]);
  });

  it('says that JSON over several lines is no suite', () => {
    expect(told('[')[0]).toContain('each case is one object on one line');
    expect(told('{', '"id": "a",')[1]).toContain('each case is one object on one line');
    expect(told('{"id": "a", "expect": {"exit": 0')[0]).not.toContain('each case');
  });

  it('H1: repeats no word of a line in what is said of a held-out one, whatever is wrong with it', () => {
    const canary = 'canary7x';
    const wrong = fc.oneof(
      fc.constantFrom(
        { ...one, [canary]: 1 },
        { ...one, files: { [`../${canary}`]: '' } },
        { ...one, env: { [`${canary}-`]: '' } },
        { ...one, expect: { files: { [canary]: 3 } } },
        { ...one, compare: canary },
        { id: canary, compare: 'regex', expect: { files: { [canary]: '(' } } },
      ),
      fc.jsonValue().map((value) => ({ [canary]: value })),
    );
    fc.assert(
      fc.property(fc.array(wrong, { minLength: 1 }), fc.string(), (lines, tail) => {
        const text = [...lines.map((line) => JSON.stringify(line)), `${canary}${tail}`].join('\n');
        const { problems } = parseSuite(text);
        expect(problems.length).toBeGreaterThan(0);
        expect(JSON.stringify(problems.map((problem) => problem.withoutContent))).not.toContain(canary);
        // the full words do name it, so the test would see it
        expect(JSON.stringify(problems)).toContain(canary);
      }),
    );
  });

  it('has one text for an input, with what the newer fields add', () => {
    const plain = { args: ['a'], stdin: 'b', command: undefined, env: undefined, files: undefined };
    expect(inputOf(plain)).toBe('[["a"],"b",null]');
    expect(inputOf({ ...plain, env: { A: '1' } })).not.toBe(inputOf({ ...plain, command: 'A' }));
  });
});
