/**
 * Job: the visible cases one by one, for a person: what the newest verification said of each, and to run some of them again.
 * Boundary: a look, not a figure: nothing of it is journalled.
 * Rules: H1 knows the visible suite and its verifier only, by type; a held-out case can't be asked for. B3 one run at a time.
 */
import { readFile } from 'node:fs/promises';
import type { Tried, VisibleCase, VisibleCases as Cases } from '../../protocol/messages.ts';
import { RequestRefused } from '../../protocol/refused.ts';
import { caseText } from '../../run/caseText.ts';
import { formatCount } from '../../run/forDisplay.ts';
import { standingFigure, standingTrend } from '../../run/standing.ts';
import type { SuiteFigure } from '../../run/state.ts';
import { parseSuite } from '../../run/suite.ts';
import type { Blobs } from '../journal/blobs.ts';
import type { Run } from '../run.ts';
import type { VisibleSuite } from '../verification/suite.ts';
import type { VisibleResult } from '../verification/messages.ts';
import { readVerdicts, type VerdictOfCase } from './verifierResult.ts';

export interface VisibleCasesPorts {
  readonly run: Pick<Run, 'state'>;
  readonly blobs: Pick<Blobs, 'getBlob'>;
  readonly suite: VisibleSuite;
  /** Where the suite came from; null for a run that has ended, and for one that was split. */
  readonly source: string | null;
  /** Builds the checkpoint where that is needed and runs these cases; null for a run that has ended. */
  readonly verify: ((checkpoint: number, ids: readonly string[]) => Promise<VisibleResult>) | null;
}

export class VisibleCases {
  private readonly ports: VisibleCasesPorts;
  private last: Promise<unknown> = Promise.resolve();

  constructor(ports: VisibleCasesPorts) {
    this.ports = ports;
  }

  async list(): Promise<Cases> {
    const { suite, source } = this.ports;
    const parsed = parseSuite(await readFile(suite.file, 'utf8'));
    const { now, before } = this.figures();
    const verdicts = new Map((await this.verdicts(now)).map((one) => [one.id, one.verdict]));
    const passed = new Set((await this.verdicts(before)).filter(passes).map(({ id }) => id));
    const told = (id: string): Pick<VisibleCase, 'id' | 'verdict' | 'fell'> => {
      const verdict = verdicts.get(id) ?? null;
      return { id, verdict, ...(verdict !== null && verdict !== 'pass' && passed.has(id) && { fell: true }) };
    };
    const cases = parsed.cases.map((one): VisibleCase => {
      return { ...told(one.id), tags: one.tags, ...(one.compare !== undefined && { compare: one.compare }) };
    });
    // A report names its cases only when it has been written.
    const reported = [...verdicts.keys()].map((id): VisibleCase => ({ ...told(id), tags: [] }));
    return {
      checkpoint: now?.checkpoint ?? null,
      before: before?.checkpoint ?? null,
      file: source,
      cases: parsed.report === null ? cases : reported,
    };
  }

  /** A case as a document. */
  async read(id: string): Promise<{ readonly text: string }> {
    const { now } = this.figures();
    const verdict = (await this.verdicts(now)).find((one) => one.id === id)?.verdict ?? 'not run';
    const where = now === null ? '' : ` at checkpoint ${formatCount(now.checkpoint)}`;
    const { cases } = parseSuite(await readFile(this.ports.suite.file, 'utf8'));
    return { text: caseText({ id, verdict: `${verdict}${where}`, value: cases.find((one) => one.id === id) ?? null }) };
  }

  /** @throws RequestRefused with words for a person */
  async tryAgain(ids: readonly string[]): Promise<{ readonly checkpoint: number; readonly cases: readonly Tried[] }> {
    const { run, verify } = this.ports;
    const { head } = run.state;
    if (verify === null) throw new RequestRefused('The run has ended: its program is not run any more.');
    if (head === null) throw new RequestRefused('The run has no checkpoint yet.');
    const turn = this.last.then(() => verify(head, ids));
    this.last = turn.catch(() => undefined); // who asked for it is told
    const { build, cases, failing } = await turn;
    if (!build.ok) throw new RequestRefused(`The build failed: ${build.message ?? 'no reason was given'}`);
    const details = new Map(failing.map((one) => [one.id, one]));
    return {
      checkpoint: head,
      cases: cases.map(({ id, verdict, wallMs }) => {
        const { detail, args, command, stdin, expected, actual } = details.get(id) ?? {};
        return {
          id,
          verdict,
          wallMs,
          ...(detail !== undefined && { detail }),
          ...(command !== undefined ? { command } : args !== undefined && { args }),
          ...(stdin !== undefined && stdin !== '' && { stdin }),
          ...(expected !== undefined && { expected }),
          ...(actual !== undefined && { actual }),
        };
      }),
    };
  }

  /** The newest verification of the story that the workspace stands in, and the one before it. */
  private figures(): { readonly now: SuiteFigure | null; readonly before: SuiteFigure | null } {
    const { state } = this.ports.run;
    const now = standingFigure(state, 'visible')?.measured ?? null;
    const trend = standingTrend(state, 'visible');
    return { now, before: now && (trend[trend.indexOf(now) - 1] ?? null) };
  }

  private async verdicts(figure: SuiteFigure | null): Promise<readonly VerdictOfCase[]> {
    return figure === null ? [] : readVerdicts(this.ports.blobs, figure.results);
  }
}

const passes = ({ verdict }: VerdictOfCase): boolean => verdict === 'pass';
