/** Job: JUnit reports as test runners write them, and as somebody would write one to mislead. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJunit } from '../../../src/engine/verification/junit.ts';

const report = `<?xml version="1.0" encoding="utf-8"?>
<testsuites name="all">
  <testsuite name="weeks" tests="4">
    <properties><property name="a" value="b"/></properties>
    <testcase classname="tests.weeks" name="first &lt;day&gt;" time="0.012"/>
    <testcase classname="tests.weeks" name="last" time="0.5"><failure message="5 != 6">line 1
assert &amp; more</failure><system-out>noise</system-out></testcase>
    <testcase classname="tests.weeks" name="last"><error message="boom"><![CDATA[<trace>]]></error></testcase>
    <testcase name="later"><skipped message="not yet"/></testcase>
    <testsuite name="inner"><testcase name="deep"/></testsuite>
  </testsuite>
</testsuites>`;

describe('a JUnit report', () => {
  it('tells each case with its verdict, its class and what was said', () => {
    expect(readJunit(report)).toEqual({
      ok: true,
      cases: [
        { id: 'tests.weeks first <day>', tag: 'tests.weeks', verdict: 'pass', message: '', wallMs: 12 },
        {
          id: 'tests.weeks last',
          tag: 'tests.weeks',
          verdict: 'fail',
          message: '5 != 6\nline 1\nassert & more',
          wallMs: 500,
        },
        { id: 'tests.weeks last (2)', tag: 'tests.weeks', verdict: 'error', message: 'boom\n<trace>', wallMs: 0 },
        { id: 'weeks later', tag: 'weeks', verdict: 'fail', message: 'skipped not yet', wallMs: 0 },
        { id: 'inner deep', tag: 'inner', verdict: 'pass', message: '', wallMs: 0 },
      ],
    });
  });

  it.each([
    ['', 'no element'],
    ['<testsuite><testcase name="a">', 'Unclosed root tag'],
    ['not a report', 'Non-whitespace before first tag'],
    ['<!DOCTYPE t [<!ENTITY a "aaaa">]><testsuite/>', 'document type'],
    ['<t>&unknown;</t>', 'Invalid character entity'],
    ['<a>'.repeat(101), 'nested too deeply'],
  ])('is refused with a reason: %s', (text, reason) => {
    const read = readJunit(text);
    expect(read).toMatchObject({ ok: text === '' });
    if (!read.ok) expect(read.problem).toContain(reason);
  });

  it('is read or refused, never thrown at, whatever was written', () => {
    const piece = fc.constantFrom(
      '<testcase name="a">',
      '</testcase>',
      '<failure/>',
      '<testsuite>',
      '</testsuite>',
      '&lt;',
      '<![CDATA[',
      ']]>',
      'x',
      '"',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (parts) => {
        const read = readJunit(parts.join(''));
        if (read.ok) expect(new Set(read.cases.map(({ id }) => id)).size).toBe(read.cases.length);
        else expect(read.problem).not.toBe('');
      }),
    );
  });
});
