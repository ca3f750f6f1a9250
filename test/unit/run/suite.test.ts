/** Job: suites that are one object: cases with shared files, and a report; where and how each bad one is told. */
import { describe, expect, it } from 'vitest';
import { parseSuite, sizeOf } from '../../../src/run/suite.ts';

const one = { id: 'a', command: 'sh tests/a.sh', expect: { exit: 0 } };
const told = (text: string) => parseSuite(text).problems.map(({ line, message }) => `${String(line)}: ${message}`);

describe('a suite that is one object', () => {
  it.each([0, 2])('gives cases and the files that they share, on one line or over several (%d)', (indent) => {
    const suite = parseSuite(JSON.stringify({ files: ['tests', 'go.mod'], cases: [one] }, null, indent));
    expect(suite).toMatchObject({ problems: [], files: ['tests', 'go.mod'], report: null, cases: [one] });
    expect(sizeOf(suite)).toBe(1);
  });

  it('gives the command that writes a report', () => {
    const junit = { command: 'make report', report: 'out/report.xml', cases: 12 };
    const suite = parseSuite(`{\n  "junit": ${JSON.stringify(junit)} // all of them\n}`);
    expect(suite).toEqual({ cases: [], problems: [], files: [], report: { ...junit, seconds: 600 } });
    expect(sizeOf(suite)).toBe(12);
  });

  it('is not mistaken for a line a case', () => {
    const line = '{"files":{"in":""},"id":"b","args":["in"],"expect":{"exit":0}}';
    expect(parseSuite(`${line}\n`)).toMatchObject({ problems: [], files: [], cases: [{ id: 'b' }] });
  });

  it.each([
    ['{"cases": []}', '1: cases: the suite has no case'],
    [
      '{\n"cases": [\n{"id":"a","expect":{}}]}',
      '3: cases.0.expect: expects nothing: give "stdout", "stderr", "exit" or "files"',
    ],
    [`{\n"cases": [${JSON.stringify(one)},\n${JSON.stringify(one)}]}`, '3: duplicate id "a", first on line 2'],
    [
      '{"files": ["a/b"],\n"cases": [{"id":"a","expect":{"exit":0}}]}',
      '1: files.0: is not a plain name beside this file',
    ],
    [
      '{"junit": {"command": "x", "report": "../r.xml", "cases": 3}}',
      '1: junit.report: must be a path within the folder',
    ],
    ['{"junit": {"command": "x", "report": "r.xml"}}', '1: junit.cases: "cases" is missing (number)'],
    [
      '{"junit": {"command": "x", "report": "r.xml", "cases": 3}, "cases": [{"id":"a","expect":{"exit":0}}]}',
      '1: give either "cases" or "junit"',
    ],
    ['{\n"cases": [\n}', '3: not JSON: close bracket expected'],
  ])('says where and what is wrong: %s', (text, message) => {
    expect(told(text)).toContain(message);
  });

  it('H1: repeats no word of a held-out one', () => {
    const { problems } = parseSuite('{"cases": [{"id": "canary7x", "canary7y": 1, "expect": {"exit": "canary7z"}}]}');
    expect(JSON.stringify(problems)).toContain('canary7y');
    expect(JSON.stringify(problems.map(({ withoutContent }) => withoutContent))).not.toContain('canary7');
  });
});
