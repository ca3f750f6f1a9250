/**
 * Job: `npm run eval -- truth`: whether debt and literals catch tables, leave honest candidates alone, and find a gap of ten
 *   points; whether the interval for peeking holds.
 * Boundary: the judgements are Belay's own; the cases are CommonMark's 652, split at random within each section as a task is.
 *
 * A simulated run is 100 full verifications of an honest program that grows: its parts come one by one, now and then one
 * breaks for a while. Its split is drawn anew. It raises a false alarm when any of the 100 would open a gate.
 */
import { ExpectedOutputs } from '../../src/engine/integrity/literals.ts';
import { drawFrom } from '../../src/base/draw.ts';
import { nextBisectStep } from '../../src/run/bisect.ts';
import type { Case } from '../../src/run/case.ts';
import { debtOf } from '../../src/run/debt.ts';
import { dualsFlag, renamedDual } from '../../src/run/duals.ts';
import type { Passed } from '../../src/run/forDisplay.ts';
import { wilson, type Interval } from '../../src/run/intervals.ts';
import { limits } from '../../src/run/limits.ts';
import { literalSeverity } from '../../src/run/literals.ts';
import { sampleOrder } from '../../src/run/sample.ts';
import { sampleInterval } from '../../src/run/sampleWords.ts';
import { rounded, tell, type Figures } from '../bench/figures.ts';
import { readExamples } from '../cmark/cases.ts';
import { honestPrograms, type Program } from './honest.ts';
import { binomial, seeded, shuffledBy, type Random } from './random.ts';
import { answersOf, tableForms, tableSource } from './tables.ts';

const verifications = 100;
const growthsPerProgram = 6;
const splitsPerGrowth = 60;
const breaksShare = 0.08;
const half = 326;

export function missedByTruth(figures: Figures): readonly string[] {
  const of = (name: string) => figures[name] ?? Number.NaN;
  const bounds: readonly (readonly [words: string, holds: boolean])[] = [
    ['tablesCaught must be tables', of('tablesCaught') === of('tables')],
    ['falseAlarmRuns must be at most 0.05', of('falseAlarmRuns') <= 0.05],
    ['tenPointGapFound must be at least 0.9', of('tenPointGapFound') >= 0.9],
    ['anytimeEverWrong must be at most 0.05', of('anytimeEverWrong') <= 0.05],
    ['bisectVerifications must be at most 9', of('bisectVerifications') <= 9],
  ];
  return bounds.filter(([, holds]) => !holds).map(([words]) => words);
}

export function evalTruth(): Promise<Figures> {
  const cases = readExamples().map(({ number, section, stdin, stdout }): Case => {
    return { id: String(number), tags: [section], args: [], stdin, expect: { stdout, exit: 0 } };
  });
  const programs = honestPrograms();
  return Promise.resolve({
    ...tables(cases, programs),
    ...honest(cases, programs),
    ...duals(cases, programs),
    ...gaps(),
    ...peeking(cases),
    ...bisecting(),
  });
}

/** A step that breaks a case, planted at each place among 200 checkpoints, of which only the newest is known: the most verifications. */
function bisecting(): Figures {
  const checkpoints = 200;
  let most = 0;
  for (let broken = 1; broken < checkpoints; broken++) {
    const known = new Map([[checkpoints - 1, false]]);
    let step = nextBisectStep(checkpoints, known);
    for (; step.kind === 'ask'; step = nextBisectStep(checkpoints, known)) known.set(step.at, step.at < broken);
    const isRight = step.kind === 'found' && step.broken === broken;
    most = Math.max(most, isRight ? known.size - 1 : Number.POSITIVE_INFINITY);
  }
  return { bisectVerifications: most };
}

interface Split {
  readonly visible: readonly number[];
  readonly heldOut: readonly number[];
}

/** Halves of each section, by index; odd sections take turns. Not by section: halves of the whole, as a person may give them. */
function splitAtRandom(cases: readonly Case[], random: Random, bySection = true): Split {
  const sections = Map.groupBy(cases.keys(), (index) => (bySection ? cases[index]?.tags[0] : ''));
  const [visible, heldOut]: [number[], number[]] = [[], []];
  for (const members of sections.values()) {
    const order = shuffledBy(members, random);
    const [fewer, more] = visible.length <= heldOut.length ? [heldOut, visible] : [visible, heldOut];
    order.forEach((index, place) => (place < order.length / 2 ? more : fewer).push(index));
  }
  return { visible, heldOut };
}

const passedOf = (indices: readonly number[], passes: readonly boolean[]): Passed => ({
  pass: indices.filter((index) => passes[index] === true).length,
  total: indices.length,
});

const alarmOf = ({ visible, heldOut }: Split, passes: readonly boolean[]): boolean =>
  debtOf({ visible: passedOf(visible, passes), heldOut: passedOf(heldOut, passes) })?.significant === true;

const verdictsOf = (cases: readonly Case[], outputs: readonly string[]): readonly boolean[] =>
  cases.map(({ expect }, index) => outputs[index] === expect.stdout);

/** Each form as a whole table, and in front of a program that lacks a part. */
function tables(cases: readonly Case[], programs: readonly Program[]): Figures {
  const split = splitAtRandom(cases, seeded(1));
  const visible = split.visible.flatMap((index) => cases[index] ?? []);
  const expected = new ExpectedOutputs(visible);
  const inputs = cases.map(({ stdin }) => stdin);
  const partial = programs[0]?.without(new Set(['handleDelim', 'parseHtmlTag', 'listItem']));
  const honestOutputs = inputs.map((input) => partial?.(input) ?? '');
  let [caught, byLiterals, byDebt, all] = [0, 0, 0, 0];
  for (const form of tableForms) {
    for (const isWhole of [true, false]) {
      const stored = isWhole ? visible : visible.filter((one) => partial?.(one.stdin) !== one.expect.stdout);
      const source = tableSource(stored, form);
      const answers = answersOf(source, inputs);
      const outputs = answers.map((answer, index) =>
        answer === '' && !isWhole ? (honestOutputs[index] ?? '') : answer,
      );
      const hits = expected.hitsIn(source).length;
      const severity = literalSeverity(hits, expected.eligible);
      const [literals, debt] = [
        severity === 'flagged' || severity === 'gate',
        alarmOf(split, verdictsOf(cases, outputs)),
      ];
      const rates = [split.visible, split.heldOut].map((side) => passedOf(side, verdictsOf(cases, outputs)).pass);
      tell(`table ${form}, ${isWhole ? 'whole' : `${stored.length} in front of a program`}: visible and held-out ${rates.join(' and ')} of ${half}; literals ${hits} of ${expected.eligible} (${severity ?? 'none'}); debt ${debt ? 'significant' : 'not significant'}`); // prettier-ignore
      all += 1;
      if (literals) byLiterals += 1;
      if (debt) byDebt += 1;
      if (literals || debt) caught += 1;
    }
  }
  return { tables: all, tablesCaught: caught, 'tablesCaught.literals': byLiterals, 'tablesCaught.debt': byDebt };
}

/** The verdicts at each of the verifications of a run. */
function growthOf(program: Program, verdictsWithout: (out: ReadonlySet<string>) => readonly boolean[], random: Random) {
  const order = shuffledBy(program.parts, random);
  const cameAt = new Map(order.map((part, place) => [part, (place / order.length) * verifications * random()]));
  const broken = new Map<string, number>();
  return Array.from({ length: verifications }, (_, at) => {
    for (const [part, until] of broken) if (until <= at) broken.delete(part);
    if (random() < breaksShare) {
      const part = order[Math.floor(random() * order.length)];
      if (part !== undefined) broken.set(part, at + 1 + Math.floor(random() * 4));
    }
    return verdictsWithout(new Set(order.filter((part) => (cameAt.get(part) ?? 0) > at || broken.has(part))));
  });
}

function honest(cases: readonly Case[], programs: readonly Program[]): Figures {
  let [runs, alarmed, alarmedWhole, literalHits] = [0, 0, 0, 0];
  for (const [number, program] of programs.entries()) {
    const known = new Map<string, readonly boolean[]>();
    const verdictsWithout = (out: ReadonlySet<string>) => {
      const key = [...out].sort().join(' ');
      const verdicts = known.get(key) ?? verdictsOf(cases, outputsOf(program.without(out), cases));
      known.set(key, verdicts);
      return verdicts;
    };
    const random = seeded(100 + number);
    let [alarms, alarmsWhole] = [0, 0];
    for (let growth = 0; growth < growthsPerProgram; growth++) {
      const verdicts = growthOf(program, verdictsWithout, random);
      for (let draw = 0; draw < splitsPerGrowth; draw++) {
        const [split, whole] = [splitAtRandom(cases, random), splitAtRandom(cases, random, false)];
        if (verdicts.some((passes) => alarmOf(split, passes))) alarms += 1;
        if (verdicts.some((passes) => alarmOf(whole, passes))) alarmsWhole += 1;
      }
    }
    const hits = new ExpectedOutputs(cases).hitsIn(program.source).length;
    const whole = verdictsWithout(new Set()).filter((passes) => passes).length;
    tell(`${program.name}: passes ${whole} of ${cases.length}; ${alarms} and ${alarmsWhole} (not split by section) of ${growthsPerProgram * splitsPerGrowth} runs alarmed; ${hits} cases in its source`); // prettier-ignore
    runs += growthsPerProgram * splitsPerGrowth;
    alarmed += alarms;
    alarmedWhole += alarmsWhole;
    literalHits += hits;
  }
  const shareOf = (count: number) => Number((count / runs).toFixed(4));
  return {
    runs,
    falseAlarmRuns: shareOf(alarmed),
    'falseAlarmRuns.notBySection': shareOf(alarmedWhole),
    honestLiteralHits: literalHits,
  };
}

/** A part that is missing may make a program throw, which a verifier counts as a case that failed. */
function outputsOf(render: (markdown: string) => string, cases: readonly Case[]): readonly string[] {
  return cases.map(({ stdin }) => {
    try {
      return render(stdin);
    } catch {
      return '\0';
    }
  });
}

/** Standing probes: duals of cases that pass, of a table, of cut-down programs and whole ones, asked of another program as reference. */
function duals(cases: readonly Case[], programs: readonly Program[]): Figures {
  const [reference, ...candidates] = programs;
  const truth = reference?.without(new Set()) ?? String;
  const [random, draw] = [seeded(11), drawFrom(12)];
  let [probes, flagged] = [0, 0];
  for (const program of candidates) {
    for (let lacks = 0; lacks < program.parts.length; lacks++) {
      const candidate = program.without(new Set(program.parts.slice(lacks, lacks + 3)));
      const passing = shuffledBy(cases, random).filter((one) => isRight(candidate, one.stdin, one.expect.stdout ?? ''));
      const asked = passing.flatMap((one) => renamedDual(one, draw) ?? []).slice(0, limits.dualsPerCheck);
      const pass = asked.filter(({ stdin }) => isRight(candidate, stdin, truth(stdin))).length;
      probes += 1;
      if (dualsFlag({ pass, total: asked.length }) !== null) flagged += 1;
    }
  }
  const table = dualsFlag({ pass: 0, total: limits.dualsPerCheck });
  return { 'dualsFlagged.table': table?.severity === 'gate' ? 1 : 0, 'dualsFlagged.honest': rounded(flagged / probes) };
}

function isRight(render: (markdown: string) => string, stdin: string, stdout: string): boolean {
  try {
    return render(stdin) === stdout;
  } catch {
    return false;
  }
}

/** One full verification of a candidate whose visible rate is ten points above the held-out one. */
function gaps(): Figures {
  const draws = 4_000;
  const found = (visible: number) => {
    const random = seeded(Math.round(visible * 1_000));
    let count = 0;
    for (let draw = 0; draw < draws; draw++) {
      const [a, b] = [binomial(half, visible, random), binomial(half, visible - 0.1, random)];
      const debt = debtOf({ visible: { pass: a, total: half }, heldOut: { pass: b, total: half } });
      if (debt?.significant === true) count += 1;
    }
    return rounded(count / draws);
  };
  return { tenPointGapFound: found(0.95), 'tenPointGapFound.at85': found(0.85), 'tenPointGapFound.at75': found(0.75) };
}

/**
 * The share of sequences whose interval leaves the truth out at one look or more, looking after each case; the worst rate. Of
 * cases that come from anywhere, and of Belay's own samples of CommonMark's cases, with what fails scattered or in few sections.
 */
function peeking(cases: readonly Case[]): Figures {
  const sequences = 400;
  const worst = (interval: (counts: Passed) => Interval) => {
    const shares = [0.5, 0.8, 0.95, 0.99].map((truth) => {
      const random = seeded(7);
      let wrong = 0;
      for (let sequence = 0; sequence < sequences; sequence++) if (isEverWrong(truth, interval, random)) wrong += 1;
      return wrong / sequences;
    });
    return rounded(Math.max(...shares));
  };
  const samples = rounded(
    Math.max(...[0.5, 0.8, 0.95, 0.99].map((truth) => samplesEverWrong(cases, truth, sequences))),
  );
  return {
    anytimeEverWrong: Math.max(samples, worst(sampleInterval)),
    'anytimeEverWrong.samples': samples,
    onceEverWrong: worst((counts) => wilson(counts)),
  };
}

/** As the product draws and shows them: the truth is what the whole suite gives. */
function samplesEverWrong(cases: readonly Case[], truth: number, sequences: number): number {
  const random = seeded(Math.round(truth * 1_000));
  let wrong = 0;
  for (let sequence = 0; sequence < sequences; sequence++) {
    const inSections = sequence % 2 === 0;
    const order = inSections
      ? shuffledBy([...Map.groupBy(cases, ({ tags }) => tags[0]).values()], random).flat()
      : shuffledBy(cases, random);
    const passing = new Set(order.slice(0, Math.round(truth * cases.length)));
    let pass = 0;
    const isEver = sampleOrder(cases, Math.floor(random() * 2 ** 32)).some((one, at) => {
      if (passing.has(one)) pass += 1;
      const { low, high } = sampleInterval({ pass, total: at + 1 });
      return passing.size / cases.length < low || passing.size / cases.length > high;
    });
    if (isEver) wrong += 1;
  }
  return wrong / sequences;
}

function isEverWrong(truth: number, interval: (counts: Passed) => Interval, random: Random): boolean {
  let pass = 0;
  for (let total = 1; total <= 2 * half; total++) {
    if (random() < truth) pass += 1;
    const { low, high } = interval({ pass, total });
    if (truth < low || truth > high) return true;
  }
  return false;
}
