/**
 * Job: read a report in JUnit's XML: each test case with its verdict.
 * Boundary: a text in, cases out. The text was written beside the candidate, so it is read as anybody's: within bounds, and with
 *   no entity but XML's own five.
 */
import sax, { type Tag } from 'sax';
import { messageOf } from '../../base/assert.ts';
import { limits } from '../../run/limits.ts';

export interface ReportedCase {
  /** Class and name, with a number where another case has the same ones. */
  readonly id: string;
  /** The class, or the suite that the case is in. */
  readonly tag: string;
  /** A case that was skipped did not pass. */
  readonly verdict: 'pass' | 'fail' | 'error';
  /** What the report says of a case that did not pass. */
  readonly message: string;
  readonly wallMs: number;
}

export type JunitReport =
  { readonly ok: true; readonly cases: readonly ReportedCase[] } | { readonly ok: false; readonly problem: string };

const nameChars = 300;
const messageChars = 8_000;
const depthMost = 100;

interface Open {
  readonly name: string;
  readonly tag: string;
  readonly wallMs: number;
  verdict: ReportedCase['verdict'];
  message: string;
}

/** Never throws. */
export function readJunit(text: string): JunitReport {
  const cases: ReportedCase[] = [];
  const taken = new Map<string, number>();
  const suites: string[] = [];
  const parser = sax.parser(true);
  let open: Open | null = null;
  let inMessage = false;
  let depth = 0;
  parser.onerror = (error) => {
    throw error;
  };
  parser.ondoctype = () => {
    throw new Error('it has a document type, which no report needs');
  };
  parser.onopentag = ({ name, attributes }) => {
    depth += 1;
    if (depth > depthMost) throw new Error('it is nested too deeply');
    if (name === 'testsuite') suites.push(attributes['name'] ?? '');
    if (name === 'testcase') open = opened(attributes, suites.at(-1) ?? '');
    const verdict = verdictOf[name];
    if (open === null || verdict === undefined) return;
    inMessage = true;
    open.verdict = open.verdict === 'error' ? 'error' : verdict;
    open.message += `${name === 'skipped' ? 'skipped ' : ''}${attributes['message'] ?? ''}\n`;
  };
  parser.ontext = parser.oncdata = (chunk) => {
    if (open !== null && inMessage && open.message.length < messageChars) open.message += chunk;
  };
  parser.onclosetag = (name) => {
    depth -= 1;
    if (name === 'testsuite') suites.pop();
    if (name in verdictOf) inMessage = false;
    if (name !== 'testcase' || open === null) return;
    if (cases.length >= limits.reportCases) throw new Error(`it has more than ${String(limits.reportCases)} cases`);
    cases.push(closed(open, taken));
    open = null;
  };
  try {
    parser.write(text).close();
  } catch (error) {
    return { ok: false, problem: messageOf(error).replaceAll('\n', ', ') };
  }
  return { ok: true, cases };
}

const verdictOf: Readonly<Record<string, ReportedCase['verdict']>> = {
  failure: 'fail',
  error: 'error',
  skipped: 'fail',
};

function opened(attributes: Tag['attributes'], suite: string): Open {
  const tag = (attributes['classname'] ?? suite).slice(0, nameChars);
  const name = `${tag === '' ? '' : `${tag} `}${attributes['name'] ?? ''}`.trim().slice(0, nameChars);
  const seconds = Number(attributes['time']);
  const wallMs = Number.isFinite(seconds) && seconds > 0 ? Math.round(seconds * 1000) : 0;
  return { name: name === '' ? 'without a name' : name, tag, wallMs, verdict: 'pass', message: '' };
}

function closed({ name, tag, verdict, message, wallMs }: Open, taken: Map<string, number>): ReportedCase {
  const times = (taken.get(name) ?? 0) + 1;
  taken.set(name, times);
  const id = times === 1 ? name : `${name} (${String(times)})`;
  return { id, tag, verdict, wallMs, message: message.trim().slice(0, messageChars) };
}
