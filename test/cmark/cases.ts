/**
 * Job: CommonMark's 652 cases, tagged by section and split into visible and held-out halves, and the specification as a
 * document without the held-out examples.
 * Boundary: reads the `commonmark-spec` package; the expectations of the canary cases come from the reference at call.
 * Rules: H1 held-out cases have names of their own that visible ones don't give away, and canary tokens that must occur
 *   nowhere on the model's side.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Case } from '../../src/run/case.ts';

/** Tokens that only held-out cases hold: in names, in inputs, and in expectations (there the input spells it otherwise). */
export const canaries = { name: 'zqxcanary7f3a', input: 'zqxcanin4c2e', expectation: 'zqxcanout8d1b' } as const;
export const canaryTokens: readonly string[] = Object.values(canaries);

export interface Example {
  /** 1-based, as the specification numbers them. */
  readonly number: number;
  readonly section: string;
  readonly stdin: string;
  readonly stdout: string;
}

export interface SplitCases {
  readonly visible: readonly Case[];
  readonly heldOut: readonly Case[];
}

/** Byte-exact reference of the cases. */
export const referenceCommand = ['cmark', '--unsafe'] as const;

const block = /^`{32} example\n([\s\S]*?)^\.\n([\s\S]*?)^`{32}$|^#{1,6} *(.*)$/gm;

function specification(): string {
  const path = createRequire(import.meta.url).resolve('commonmark-spec/spec.txt');
  return readFileSync(path, 'utf8').replace(/^<!-- END TESTS -->[\s\S]*/m, '');
}

/** All examples in order; the specification's arrows are tabs. */
export function readExamples(): Example[] {
  const examples: Example[] = [];
  let section = '';
  for (const [, stdin, stdout, heading] of specification().matchAll(block)) {
    if (stdin === undefined || stdout === undefined) section = heading ?? section;
    else examples.push({ number: examples.length + 1, section, stdin: tabs(stdin), stdout: tabs(stdout) });
  }
  return examples;
}

const tabs = (text: string) => text.replaceAll('→', '\t');
const hash = (text: string) => createHash('sha256').update(text).digest('hex');

/**
 * The numbers of the held-out half: in each section the half whose hashes come first; of the odd sections every other
 * one rounds up, so that the halves are equal.
 */
export function heldOutNumbers(examples: readonly Example[]): ReadonlySet<number> {
  const sections = Map.groupBy(examples, (e) => e.section);
  const chosen = new Set<number>();
  let roundsUp = true;
  for (const members of sections.values()) {
    const sorted = members.toSorted((a, b) => (hash(`split ${a.stdin}`) < hash(`split ${b.stdin}`) ? -1 : 1));
    const odd = members.length % 2 === 1;
    const count = odd && roundsUp ? Math.ceil(members.length / 2) : Math.floor(members.length / 2);
    if (odd) roundsUp = !roundsUp;
    for (const example of sorted.slice(0, count)) chosen.add(example.number);
  }
  return chosen;
}

/** The cases, without the canary cases. Deterministic. */
export function splitCases(): SplitCases {
  const examples = readExamples();
  const heldOutSet = heldOutNumbers(examples);
  const counts = new Map<string, number>();
  const visible: Case[] = [];
  const heldOut: Case[] = [];
  for (const example of examples) {
    if (heldOutSet.has(example.number)) {
      heldOut.push(caseOf(heldOutId(example.stdin), example.section, example.stdin, example.stdout));
      continue;
    }
    // Numbered among themselves: a gap would tell how many are held out.
    const slug = example.section.toLowerCase().replace(/[^a-z]+/g, '-');
    const number = (counts.get(slug) ?? 0) + 1;
    counts.set(slug, number);
    visible.push(caseOf(`${slug}-${String(number).padStart(3, '0')}`, example.section, example.stdin, example.stdout));
  }
  return { visible, heldOut };
}

const heldOutId = (stdin: string) => `ho-${hash(`held out ${stdin}`).slice(0, 10)}-${canaries.name}`;

function caseOf(id: string, tag: string, stdin: string, stdout: string): Case {
  return { id, tags: [tag], args: [], stdin, expect: { stdout, exit: 0 } };
}

/** Held-out inputs of our own. `&#111;` is an o: the expectation's token is in no input. */
const canaryInputs: readonly (readonly [tag: string, stdin: string])[] = [
  ['ATX headings', `# ${canaries.input} heading #\n\nzqxcan&#111;ut8d1b below\n`],
  ['Emphasis and strong emphasis', `*${canaries.input}* and **zqxcan&#111;ut8d1b**\n`],
  ['Code spans', `\`${canaries.input}\` then zqxcan&#111;ut8d1b\n`],
  ['Fenced code blocks', `~~~ ${canaries.input}\nlast words\n~~~\nzqxcan&#111;ut8d1b\n`],
  ['Block quotes', `> ${canaries.input}\nlazy zqxcan&#111;ut8d1b\n`],
  ['Lists', `3. ${canaries.input}\n4. zqxcan&#111;ut8d1b\n\n   loose\n`],
  ['Links', `[${canaries.input}](/to "zqxcan&#111;ut8d1b")\n`],
  ['Images', `![${canaries.input}][zqxcan&#111;ut8d1b]\n\n[zqxcan&#111;ut8d1b]: /picture\n\nzqxcan&#111;ut8d1b\n`],
];

/** The canary cases, expectations recorded from the reference. Throws if the reference can't be run. */
export function canaryCases(command: readonly string[] = referenceCommand): Case[] {
  return canaryInputs.map(([tag, stdin]) => caseOf(heldOutId(stdin), tag, stdin, runReference(command, stdin)));
}

function runReference(command: readonly string[], stdin: string): string {
  const [program = '', ...args] = command;
  try {
    return execFileSync(program, args, { input: stdin, encoding: 'utf8', timeout: 10_000 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The reference "${command.join(' ')}" could not be run (Debian: apt-get install cmark): ${reason}`,
      { cause: error },
    );
  }
}

/** The specification for the agent: prose and visible examples; the held-out ones are cut out whole, without a gap. */
export function specDocument(): string {
  const heldOutSet = heldOutNumbers(readExamples());
  const cut = '\0';
  let number = 0;
  return specification()
    .replace(block, (whole: string, stdin: string | undefined) => {
      if (stdin === undefined) return whole;
      number += 1;
      return heldOutSet.has(number) ? cut : whole;
    })
    .replaceAll(new RegExp(`${cut}\n*`, 'g'), '');
}

/** One JSON object a line. */
export function suiteText(cases: readonly Case[]): string {
  return cases.map((c) => `${JSON.stringify(c)}\n`).join('');
}
