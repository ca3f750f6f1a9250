/**
 * Job: record a suite: find questions, ask the reference, screen its answers, write a visible and a held-out suite.
 * Boundary: a process of its own that needs no run; what is asked and kept is decided in run/suiteMaking.
 * Rules: H1 the held-out suite is written outside of the workspace, readable by its owner only, under names that tell nothing.
 *   B3 files, cases and answers are bounded. A file that is there is replaced only where that was asked for.
 */
import { createHash, randomBytes } from 'node:crypto';
import { constants, copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../base/assert.ts';
import { drawFrom, drawWith } from '../base/draw.ts';
import type { RecordMessage, RecordRequest } from '../protocol/recordSuite.ts';
import type { RecordSummary } from '../run/suiteMaking/summary.ts';
import { inputOf, type Case } from '../run/case.ts';
import { planFamilies, splitFamily, type Kept, type PlannedFamily } from '../run/suiteMaking/plan.ts';
import type { Question } from '../run/suiteMaking/question.ts';
import { screen, type Answer, type Fault, type Pitfall } from '../run/suiteMaking/screen.ts';
import { RecordRefused, findQuestions, referenceOf } from './recordSources.ts';
import { askTimes, type Asking } from './referenceAnswers.ts';

/** The end is the last that is told, whatever it is. Never rejects. */
export async function recordAndTell(
  request: RecordRequest,
  tell: (message: RecordMessage) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    tell({ kind: 'recorded', summary: await recordSuite(request, tell, signal) });
  } catch (error) {
    const exists = error instanceof RecordRefused && error.exists.length > 0 ? { exists: error.exists } : {};
    tell({ kind: 'refused', message: messageOf(error), ...exists });
  }
}

/** @throws RecordRefused with words for a person; the signal's reason when cancelled. Nothing is written then. */
export async function recordSuite(
  request: RecordRequest,
  tell: (message: RecordMessage) => void,
  signal: AbortSignal,
): Promise<RecordSummary> {
  const { targets, place, program, parts } = await referenceOf(request);
  const sources = await findQuestions(request, parts, program);
  const questions = [...sources.inputs, ...sources.docs, ...sources.cases];
  if (questions.length === 0) {
    const told = sources.problems.length === 0 ? '' : ` ${sources.problems[0] ?? ''}.`;
    throw new RecordRefused(
      `There is nothing to ask "${program}": name a file of inputs (a command line a line), or documents that show calls of it.${told}`,
    );
  }
  const secret = () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48;
  const families = planFamilies(
    questions,
    request.cases,
    request.seed === null ? drawWith(secret) : drawFrom(request.seed),
  );
  const asked = await askAll(families, { place, tell, signal });
  const suites = suitesOf(families, asked);
  if (suites.visible.length === 0)
    throw new RecordRefused(`None of ${String(asked.size)} answers makes a case: ${faultsIn(asked)}.`);
  signal.throwIfAborted();
  const kept = writeBoth([
    { file: targets.visible, cases: suites.visible, mode: 0o644 },
    { file: targets.heldOut, cases: suites.heldOut, mode: 0o600 },
  ]);
  return {
    reference: place.command.join(' '),
    visible: { file: targets.visible, cases: suites.visible.length },
    heldOut: { file: targets.heldOut, cases: suites.heldOut.length },
    families: suites.families,
    suites: targets.suites,
    found: {
      inputs: sources.inputs.length,
      docs: sources.docs.length,
      cases: sources.cases.length,
      duals: families.reduce((sum, { duals }) => sum + duals.length, 0),
    },
    screened: screenedIn(asked),
    pitfalls: pitfallsIn(suites.visible, suites.heldOut, asked),
    kept,
    problems: sources.problems,
  };
}

interface Asked {
  readonly question: Question;
  readonly answer: Answer;
  readonly fault: Fault | null;
  readonly pitfalls: readonly Pitfall[];
}

type AskedByInput = ReadonlyMap<Question, Asked>;

async function askAll(families: readonly PlannedFamily[], asking: Asking): Promise<AskedByInput> {
  const asked = new Map<Question, Asked>();
  const questions = families.flatMap(({ found, duals }) => [...found, ...duals]);
  await askTimes(questions, asking, (question, answers) => {
    const judged = screen(question, answers, Date.now());
    const { fault, pitfalls } = judged.fault === null ? judged : { fault: judged.fault, pitfalls: [] };
    asked.set(question, { question, answer: answers.first, fault, pitfalls });
  });
  return asked;
}

interface Suites {
  readonly visible: readonly Case[];
  readonly heldOut: readonly Case[];
  readonly families: RecordSummary['families'];
}

function suitesOf(families: readonly PlannedFamily[], asked: AskedByInput): Suites {
  const visible: Case[] = [];
  const heldOut: Case[] = [];
  const counts: { tag: string; visible: number; heldOut: number }[] = [];
  const ids = new Set<string>();
  for (const family of families) {
    const split = splitFamily(family, keptOf(family.found, asked), keptOf(family.duals, asked));
    const slug = family.tag.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '') || 'case';
    for (const kept of split.visible) visible.push(caseOf(kept, nextId(slug, ids), asked));
    for (const kept of split.heldOut) heldOut.push(caseOf(kept, heldOutId(kept.question), asked));
    if (split.visible.length + split.heldOut.length > 0)
      counts.push({ tag: family.tag, visible: split.visible.length, heldOut: split.heldOut.length });
  }
  return { visible, heldOut, families: counts };
}

function keptOf(questions: readonly Question[], asked: AskedByInput): readonly Kept[] {
  return questions.flatMap((question) => {
    const found = asked.get(question);
    if (found?.fault !== null || found.answer.exit === null) return [];
    return [{ question, exit: found.answer.exit, output: `${found.answer.stdout}\0${found.answer.stderr}` }];
  });
}

function nextId(slug: string, taken: Set<string>): string {
  for (let number = 1; ; number += 1) {
    const id = `${slug}-${String(number).padStart(2, '0')}`;
    if (taken.has(id)) continue;
    taken.add(id);
    return id;
  }
}

const heldOutId = (question: Question) =>
  `ho-${createHash('sha256').update(inputText(question)).digest('hex').slice(0, 12)}`;

const inputText = ({ args, stdin, env, files }: Question) => inputOf({ args, stdin, env, files, command: undefined });

/** Without what is the default. */
function caseOf({ question }: Kept, id: string, asked: AskedByInput): Case {
  const { args, stdin, env, files, tags } = question;
  const { stdout, stderr, exit, files: written } = asked.get(question)?.answer ?? {};
  return {
    id,
    tags: [...tags],
    args,
    ...(stdin !== '' && { stdin }),
    ...(env && { env }),
    ...(files && { files }),
    expect: {
      stdout,
      ...(stderr !== '' && { stderr }),
      exit: exit ?? 0,
      ...(written && Object.keys(written).length > 0 && { files: written }),
    },
  } as Case; // stdin has a default where a case is read
}

interface NewSuite {
  readonly file: string;
  readonly cases: readonly Case[];
  readonly mode: number;
}

/**
 * Neither takes its place before both are written. What was there stays beside it, for it may hold cases that somebody made by hand.
 * @returns where
 */
function writeBoth(suites: readonly NewSuite[]): readonly string[] {
  const halfOf = ({ file }: NewSuite) => `${file}.${String(process.pid)}.tmp`;
  const kept: string[] = [];
  try {
    for (const suite of suites) {
      mkdirSync(dirname(suite.file), { recursive: true });
      const text = suite.cases.map((one) => `${JSON.stringify(one)}\n`).join('');
      writeFileSync(halfOf(suite), text, { mode: suite.mode, flush: true });
      if (!existsSync(suite.file)) continue;
      kept.push(freeName(`${suite.file}.bak`));
      copyFileSync(suite.file, kept.at(-1) ?? '', constants.COPYFILE_EXCL);
    }
    for (const suite of suites) renameSync(halfOf(suite), suite.file);
    return kept;
  } finally {
    for (const suite of suites) rmSync(halfOf(suite), { force: true });
  }
}

function freeName(wanted: string): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}${String(number)}`;
    if (!existsSync(name)) return name;
  }
}

const examplesShown = 3;

function screenedIn(asked: AskedByInput): RecordSummary['screened'] {
  const faulty = [...asked.values()].filter(({ fault }) => fault !== null);
  return [...Map.groupBy(faulty, ({ fault }) => fault)].flatMap(([fault, all]) =>
    fault === null
      ? []
      : [{ fault, count: all.length, examples: all.slice(0, examplesShown).map(({ question }) => question.from) }],
  );
}

const faultsIn = (asked: AskedByInput) =>
  screenedIn(asked)
    .map(({ fault, count }) => `${String(count)} ${fault}`)
    .join(', ');

function pitfallsIn(
  visible: readonly Case[],
  heldOut: readonly Case[],
  asked: AskedByInput,
): RecordSummary['pitfalls'] {
  const byInput = new Map([...asked.values()].map((one) => [inputText(one.question), one.pitfalls]));
  const withThem = [...visible, ...heldOut].flatMap((one, at) => {
    const pitfalls = byInput.get(inputText({ from: '', ...one, stdin: (one as Partial<Case>).stdin ?? '' })) ?? [];
    return pitfalls.map((pitfall) => ({ pitfall, id: at < visible.length ? one.id : null }));
  });
  return [...Map.groupBy(withThem, ({ pitfall }) => pitfall)].map(([pitfall, all]) => ({
    pitfall,
    count: all.length,
    examples: all.flatMap(({ id }) => id ?? []).slice(0, examplesShown),
  }));
}
