/**
 * Job: what a client reads of a run beyond its folded state: whole outputs, prompts as sent, older steps.
 * Boundary: reads only. What is of one step is read from the journal when it is asked for; what is folded here is small and
 *   goes into the snapshot.
 */
import type { BlobRef, Entry } from '../run/entry.ts';
import { foundInStep, mayHold, type FoundSteps } from '../run/find.ts';
import { limits } from '../run/limits.ts';
import type { RunReport } from '../run/report/report.ts';
import { CaseHistory, verdictsIn } from '../run/report/caseHistory.ts';
import { initialState, reduce } from '../run/reduce.ts';
import { Reporter } from '../run/report/reporter.ts';
import type { RunState, StepSummary } from '../run/state.ts';
import { stepRows } from '../run/stepRows.ts';
import type { RecordsFold } from '../protocol/snapshot.ts';
import { RequestRefused } from '../protocol/refused.ts';
import type { Blobs } from './journal/blobs.ts';
import type { JournalReader } from './journal/reader.ts';
import { fenced } from './model/promptText.ts';
import type { ModelRequest } from './model/request.ts';
import { Recorder } from './recorder.ts';
import type { Run } from './run.ts';

/** What of the records is folded from every entry: small, and a part of the snapshot. */
export class RecordsFolder {
  /** Each verification of the visible suite, in order, and whether its build was well. */
  readonly verified: [checkpoint: number, results: BlobRef, buildOk: boolean][];
  private readonly visible: Map<number, BlobRef>;
  private probes: number;
  private played: number;
  readonly reporter: Reporter;

  /** @param kept what a snapshot holds of it, with the state of then; absent: nothing was folded yet */
  constructor(kept?: RecordsFold, state: RunState = initialState) {
    this.verified = (kept?.verified ?? []).map(([checkpoint, results, buildOk]) => [checkpoint, results, buildOk]);
    this.visible = new Map(this.verified.map(([checkpoint, results]) => [checkpoint, results]));
    this.probes = kept?.probes ?? 0;
    this.played = kept?.played ?? 0;
    this.reporter = kept === undefined ? new Reporter() : Reporter.goingOn(kept.report, state);
  }

  /** What it has folded, as JSON can carry it. */
  kept(): RecordsFold {
    const { probes, played, verified, reporter } = this;
    return { probes, played, verified: [...verified], report: reporter.kept() };
  }

  /** How often the agent has asked the reference in this run. */
  get probesMade(): number {
    return this.probes;
  }

  /** The verdicts of each verification of the visible suite, by checkpoint; the newest of each. */
  get visibleResults(): ReadonlyMap<number, BlobRef> {
    return this.visible;
  }

  /** The step of the recording that was played last; 0 before the first. */
  get recordedStep(): number {
    return this.played;
  }

  /** Takes the next entry, with the state that it led to. */
  follow(entry: Entry, after: RunState): void {
    this.reporter.follow(entry, after);
    if (entry.type === 'model.answered') this.played = entry.recordedStep ?? this.played;
    if (entry.type === 'tool.started' && entry.name === 'probe_reference') this.probes += 1;
    if (entry.type === 'verification.finished' && entry.suite === 'visible') {
      this.verified.push([entry.checkpoint, entry.results, entry.build.ok]);
      this.visible.set(entry.checkpoint, entry.results);
    }
  }
}

export class Records {
  /** Follows each entry of the run. */
  readonly folded: RecordsFolder;
  private readonly run: Run;
  private readonly blobs: Blobs;
  private readonly journal: JournalReader;
  private readonly history = new CaseHistory();
  /** How many verifications the history has. */
  private read = 0;
  private reading: Promise<void> = Promise.resolve();

  constructor(run: Run, blobs: Blobs, journal: JournalReader, folded = new RecordsFolder()) {
    this.run = run;
    this.blobs = blobs;
    this.journal = journal;
    this.folded = folded;
  }

  /** Takes note of an entry that the run has just folded. */
  follow(entry: Entry): void {
    this.folded.follow(entry, this.run.state);
  }

  /** The whole output of a tool call. */
  async output(step: number, callId: string): Promise<{ text: string }> {
    let asked = false;
    let told: Entry<'tool.finished'> | null = null;
    for (const entry of await this.journal.step(step)) {
      if (entry.type === 'model.answered' && entry.step === step)
        asked ||= entry.calls.some((call) => call.callId === callId);
      if (entry.type === 'tool.finished' && entry.step === step && entry.callId === callId) told = entry;
    }
    if (told?.whole) return { text: (await this.blobs.getBlob(told.whole.digest)).toString('utf8') };
    if (told === null && !asked) throw new RequestRefused(`Step ${String(step)} has no tool call ${callId}.`);
    return { text: told?.output ?? '' };
  }

  /** The same by the number of the call alone, for the agent; null: there is none. */
  async outputByNumber(callId: string): Promise<string | null> {
    const step = Number(callId.split('.', 1)[0]);
    const told = (await this.journal.step(step)).findLast(
      (entry) => entry.type === 'tool.finished' && entry.step === step && entry.callId === callId,
    );
    if (told?.type !== 'tool.finished') return null;
    return told.whole ? (await this.blobs.getBlob(told.whole.digest)).toString('utf8') : told.output;
  }

  /** The prompt of a step as it was sent, for reading. */
  async prompt(step: number): Promise<{ text: string }> {
    const made = (await this.journal.step(step)).findLast(
      (entry) => entry.type === 'model.requested' && entry.step === step,
    );
    if (made?.type !== 'model.requested') throw new RequestRefused(`No request was made in step ${String(step)}.`);
    return {
      text: promptText(JSON.parse((await this.blobs.getBlob(made.prompt.digest)).toString('utf8')) as ModelRequest),
    };
  }

  /** What the model wrote of the story that it stands in for. @param seq of the entry that says so */
  async summary(seq: number): Promise<{ text: string }> {
    for await (const entry of this.journal.read(seq)) {
      if (entry.type !== 'context.compacted') break;
      return { text: (await this.blobs.getBlob(entry.summary.digest)).toString('utf8') };
    }
    throw new RequestRefused(`Entry ${String(seq)} has no summary.`);
  }

  /** The run as a recording that can be played, from its whole journal. @param digestOf the content digest of a checkpoint */
  async recording(digestOf: (checkpoint: number) => Promise<string>): Promise<string> {
    const readBlob = async (digest: string) => (await this.blobs.getBlob(digest)).toString('utf8');
    const { state: now } = this.run;
    const recorder = new Recorder();
    let state = initialState;
    for await (const entry of this.journal.read()) {
      if (entry.seq > now.seq) break;
      state = reduce(state, entry);
      recorder.follow(entry, state);
    }
    const text = state.run && (await recorder.recording(state.run.task, state, { digestOf, readBlob }));
    if (!text) throw new RequestRefused('The run has no finished step yet: there is nothing to record.');
    return text;
  }

  /** null: nothing of it has changed since the report of entry `known`. */
  async report(known: number): Promise<RunReport | null> {
    const { reporter } = this.folded;
    if (reporter.seq === known) return null;
    this.reading = this.reading.then(() => this.readVerdicts());
    await this.reading;
    return reporter.report(this.run.state, this.history);
  }

  /** Blobs are read when a report is wanted: most runs of an engine want none. Never rejects. */
  private async readVerdicts(): Promise<void> {
    const { verified } = this.folded;
    while (this.read < verified.length) {
      const [checkpoint, results, buildOk] = verified[this.read++] ?? [];
      if (checkpoint === undefined || results === undefined || buildOk !== true) continue;
      const text = await this.blobs.getBlob(results.digest).catch(() => null); // `belay verify-audit` names what is damaged
      this.history.add(checkpoint, text && verdictsIn(text.toString('utf8')));
    }
  }

  /** Finished steps before a number, newest last: a page of them. */
  async steps(before: number): Promise<readonly StepSummary[]> {
    return stepRows(await this.journal.stepsBefore(before));
  }

  /** One move of a search for a text in the steps before a number, newest first: over so many bytes of the journal. */
  async find(text: string, before: number): Promise<FoundSteps> {
    const { steps, lookedTo } = await this.journal.searchBefore(before, limits.findBytes, mayHold(text));
    const found = steps.map(({ step, entries }) => foundInStep(entries, step, text));
    return { found: found.filter((one) => one !== null), before: lookedTo };
  }
}

function promptText(request: ModelRequest): string {
  const parts = [
    `# Model ${request.name}, at most ${String(request.maxOutputTokens)} tokens`,
    `# System\n\n${request.system}`,
  ];
  for (const message of request.messages) {
    if (message.role === 'user') parts.push(`# User\n\n${message.text}`);
    else if (message.role === 'assistant') {
      const calls = message.calls.map((c) => `→ ${c.name} ${c.argumentsJson}`);
      parts.push([`# Assistant\n\n${message.text}`, ...calls].join('\n'));
    } else parts.push(...message.results.map((r) => `# Result of ${r.name}\n\n${fenced(r.output)}`));
  }
  parts.push(`# Tools\n\n${request.tools.map((t) => `${t.name}: ${t.description}`).join('\n')}`);
  return parts.join('\n\n');
}
