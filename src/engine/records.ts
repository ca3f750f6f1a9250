/**
 * Job: what a client reads of a run beyond its folded state: whole outputs, prompts as sent, older steps.
 * Boundary: reads only; follows the entries to know which blob belongs to which step.
 */
import type { BlobRef, Entry } from '../run/entry.ts';
import type { RunReport } from '../run/report/report.ts';
import { CaseHistory, verdictsIn } from '../run/report/caseHistory.ts';
import { Reporter } from '../run/report/reporter.ts';
import type { StepSummary } from '../run/state.ts';
import { RequestRefused } from '../protocol/refused.ts';
import type { Blobs } from './journal/blobs.ts';
import { fenced } from './model/promptText.ts';
import type { ModelRequest } from './model/request.ts';
import { Recorder } from './recorder.ts';
import type { Run } from './run.ts';

const pageOfSteps = 100;

export class Records {
  private readonly prompts = new Map<number, BlobRef>();
  private readonly wholes = new Map<string, BlobRef>();
  private readonly summaries: StepSummary[] = [];
  private readonly visible = new Map<number, BlobRef>();
  private probes = 0;
  private played = 0;
  private readonly recorder = new Recorder();
  private readonly reporter = new Reporter();
  private readonly history = new CaseHistory();
  /** Verifications whose verdicts the history lacks. */
  private unread: { readonly checkpoint: number; readonly results: BlobRef }[] = [];
  private reading: Promise<void> = Promise.resolve();

  private readonly run: Run;
  private readonly blobs: Blobs;

  constructor(run: Run, blobs: Blobs) {
    this.run = run;
    this.blobs = blobs;
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

  /** Takes note of an entry that the run has just folded. */
  follow(entry: Entry): void {
    this.recorder.follow(entry, this.run.state);
    this.reporter.follow(entry, this.run.state);
    if (entry.type === 'model.requested') this.prompts.set(entry.step, entry.prompt);
    if (entry.type === 'model.answered') this.played = entry.recordedStep ?? this.played;
    if (entry.type === 'tool.finished' && entry.whole)
      this.wholes.set(`${String(entry.step)}/${entry.callId}`, entry.whole);
    if (entry.type === 'tool.started' && entry.name === 'probe_reference') this.probes += 1;
    if (entry.type === 'verification.finished' && entry.suite === 'visible') {
      this.visible.set(entry.checkpoint, entry.results);
      if (entry.build.ok) this.unread.push(entry);
    }
    if (entry.type === 'step.finished') {
      const summary = this.run.state.steps.at(-1);
      if (summary) this.summaries.push(summary);
    }
  }

  /** The whole output of a tool call. */
  async output(step: number, callId: string): Promise<{ text: string }> {
    const whole = this.wholes.get(`${String(step)}/${callId}`);
    if (whole) return { text: (await this.blobs.getBlob(whole.digest)).toString('utf8') };
    const call = this.run.conversation.turn(step)?.calls.find((c) => c.callId === callId);
    if (!call) throw new RequestRefused(`Step ${String(step)} has no tool call ${callId}.`);
    return { text: call.output ?? '' };
  }

  /** The prompt of a step as it was sent, for reading. */
  async prompt(step: number): Promise<{ text: string }> {
    const ref = this.prompts.get(step);
    if (!ref) throw new RequestRefused(`No request was made in step ${String(step)}.`);
    return { text: promptText(JSON.parse((await this.blobs.getBlob(ref.digest)).toString('utf8')) as ModelRequest) };
  }

  /** The run as a recording that can be played. @param digestOf the content digest of a checkpoint */
  async recording(digestOf: (checkpoint: number) => Promise<string>): Promise<string> {
    const { run } = this.run.state;
    const readBlob = async (digest: string) => (await this.blobs.getBlob(digest)).toString('utf8');
    const text = run && (await this.recorder.recording(run.task, this.run.state, { digestOf, readBlob }));
    if (!text) throw new RequestRefused('The run has no finished step yet: there is nothing to record.');
    return text;
  }

  /** null: nothing of it has changed since the report of entry `known`. */
  async report(known: number): Promise<RunReport | null> {
    if (this.reporter.seq === known) return null;
    this.reading = this.reading.then(() => this.readVerdicts());
    await this.reading;
    return this.reporter.report(this.run.state, this.history);
  }

  /** Blobs are read when a report is wanted: most runs of an engine want none. Never rejects. */
  private async readVerdicts(): Promise<void> {
    for (const { checkpoint, results } of this.unread.splice(0)) {
      const text = await this.blobs.getBlob(results.digest).catch(() => null); // `belay verify-audit` names what is damaged
      this.history.add(checkpoint, text && verdictsIn(text.toString('utf8')));
    }
  }

  /** Finished steps before a number, newest last. */
  steps(before: number): Promise<readonly StepSummary[]> {
    const older = this.summaries.filter((s) => s.step < before);
    return Promise.resolve(older.slice(-pageOfSteps));
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
