/** The recording of the bundled sample as shipped: whole, with every kind of decision in it, and free of what must not be. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseRecording, recordingProblem, type RecordingLine } from '../../../src/run/recording.ts';
import { parseSuite } from '../../../src/run/suite.ts';
import { parseTask } from '../../../src/run/task.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'media', 'sample');
const read = (...names: string[]) => readFileSync(join(folder, ...names), 'utf8');

function recording() {
  const parsed = parseRecording(read('recording.jsonl'));
  if (!parsed.ok) throw new Error(`line ${String(parsed.problem.line)}: ${parsed.problem.message}`);
  return parsed.recording;
}

const ofKind = <K extends RecordingLine['kind']>(kind: K) =>
  recording().lines.filter((line): line is Extract<RecordingLine, { kind: K }> => line.kind === kind);

describe('the recording of the bundled sample', () => {
  it('is of the bundled task, and its steps fit within the task’s limits', () => {
    const { head } = recording();
    const parsed = parseTask(JSON.parse(read('cal', 'belay.json')));
    expect(parsed).toMatchObject({ ok: true, task: { name: head.task, model: { file: '../recording.jsonl' } } });
    expect(head.steps).toBeGreaterThanOrEqual(25);
    expect(parsed.ok && parsed.task.budget.steps?.hard).toBeGreaterThan(head.steps);
  });

  it('shows every decision: accepted gates, a redirect, a rejected file, a rollback, and an accepted end', () => {
    const decisions = ofKind('decision');
    expect(new Set(decisions.map((d) => d.decision))).toEqual(new Set(['accept', 'redirect', 'rollback']));
    expect(decisions.find((d) => d.decision === 'redirect')?.text).toMatch(/\w+ \w+/);
    expect(ofKind('reject').map((r) => r.reason !== '')).toEqual([true]);
    expect(decisions.at(-1)?.decision).toBe('accept');
    expect(ofKind('answer').at(-1)?.calls.at(-1)?.name).toBe('finish');
  });

  it('H1: holds no name of a held-out case and no path of a person’s machine', () => {
    const text = read('recording.jsonl');
    const { cases } = parseSuite(read('held-out.jsonl'));
    expect(cases.filter(({ id }) => text.includes(id))).toEqual([]);
    expect(text.match(/\/(home|root|Users|work)\/\S*/g)).toBeNull();
  });

  it('has an answer of the reference to every question that the answers ask it', () => {
    const asked = ofKind('answer').flatMap(({ calls }) => calls.filter(({ name }) => name === 'probe_reference'));
    const told = new Set(ofKind('probe').map(({ args }) => JSON.stringify(args)));
    const silent = asked.filter(
      ({ argumentsJson }) => !told.has(JSON.stringify((JSON.parse(argumentsJson) as { args: string[] }).args)),
    );
    expect(asked.length).toBeGreaterThan(20);
    expect(silent).toEqual([]);
  });

  it('sabotaged: a recording that lacks a line is found out', () => {
    const lines = read('recording.jsonl').split('\n');
    expect(recordingProblem(lines.join('\n'))).toBeNull();
    expect(recordingProblem(lines.toSpliced(7, 1).join('\n'))?.message).toMatch(/damaged/);
  });
});
