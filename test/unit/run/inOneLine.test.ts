import { describe, expect, it } from 'vitest';
import { statusBarOf, statusSentence } from '../../../src/run/inOneLine.ts';
import { statusOf, type EngineLink } from '../../../src/run/status.ts';
import type { RunState } from '../../../src/run/state.ts';
import { fixtures } from '../../ui/webview/states.ts';

const now = 1_800_000_000_000;

const recording = { steps: 32, endDigest: 'd', referenceInstalled: true };

interface Shown {
  readonly state: RunState;
  readonly link: EngineLink;
  readonly since: number;
}

/** Each state that the Run view draws, as the host sends it. */
const shown = new Map(
  fixtures(now).flatMap(({ name, messages: [message] }): [string, Shown][] =>
    message?.type === 'state'
      ? [[name, { state: message.state, link: message.connection.kind, since: message.connection.since }]]
      : [],
  ),
);

function inOneLine({ state, link, since }: Shown): readonly [string, string] {
  const { icon, text, warning } = statusBarOf(state, link);
  return [statusSentence(state, link, { now, linkSince: since }), `$(${icon}) ${text}${warning ? ' !' : ''}`];
}

/** "Belay: Read Status", and the status bar; a mark for its warning colour. */
const golden: Readonly<Record<string, readonly [string, string]>> = {
  'running-first-step': [
    'Running · model is answering for 1 s; step 1; visible not verified; held-out not verified; spent $0.00 of $60.',
    '$(pulse) 1 · – · $0.00',
  ],
  'running-model': [
    'Running · model is answering for 11 s; step 32; visible 92.3 % at checkpoint 30, 1 behind (30 s); held-out 80.4 % at checkpoint 30, 1 behind (30 s), correctness debt +12.0 points; spent $1.30 of $60.',
    '$(pulse) 32 · 92.3 % · $1.30',
  ],
  'running-tool': [
    'Running · tool for 14 min: run perl bin/check-everything --section "Fenced code blocks" --verbose; step 32; visible 92.3 % at checkpoint 30, 1 behind (30 s); held-out 80.4 % at checkpoint 30, 1 behind (30 s), correctness debt +12.0 points; spent $1.34 of $60.',
    '$(pulse) 32 · 92.3 % · $1.34',
  ],
  verifying: [
    'Verifying checkpoint 31 for 7 s; step 31; visible 92.3 % at checkpoint 30, 1 behind (30 s); held-out 80.4 % at checkpoint 30, 1 behind (30 s), correctness debt +12.0 points; spent $1.30 of $60.',
    '$(pulse) 31 · 92.3 % · $1.30',
  ],
  sampled: [
    'Running · model is answering; step 35; visible 92.3 % at checkpoint 30, 4 behind (6 min); sample 82.0 % of 50 drawn from 326 at checkpoint 33, 1 behind (16 s) (95 % at any look: 61.0–94.8 %), 264 not run, 4 of them failed last; held-out 80.4 % at checkpoint 30, 4 behind (6 min), correctness debt +12.0 points; spent $1.43 of $60.',
    '$(pulse) 35 · 92.3 % · $1.43',
  ],
  'waiting-provider': [
    'Waiting for the provider for another 3 min: The endpoint answered 429: too many requests. Attempt 2 of 6 follows by itself; step 32; visible 92.3 % at checkpoint 30, 1 behind (30 s); held-out 80.4 % at checkpoint 30, 1 behind (30 s), correctness debt +12.0 points; spent $1.30 of $60.',
    '$(warning) Belay: waiting for the provider !',
  ],
  'waiting-key': [
    'Waiting for a key for 1 min: The endpoint wants a key: BELAY_API_KEY is not set and no key is stored; step 0; visible not verified; held-out not verified; spent $0.00 of $60.',
    '$(warning) Belay: waiting for a key !',
  ],
  'waiting-answer': [
    'Waiting for your answer for 13 min: Step 1: copy the question to a model, then bring its answer; step 1; visible not verified; held-out not verified; spent about $0.00 of $60.',
    '$(warning) Belay: waiting for your answer !',
  ],
  'engine-lost': [
    'Engine not answering for 2 min: What it had done is safe. It goes on from the last entry; step 32; visible 92.3 % at checkpoint 30, 1 behind (30 s); held-out 80.4 % at checkpoint 30, 1 behind (30 s), correctness debt +12.0 points; spent $1.30 of $60.',
    '$(warning) Belay: engine not answering !',
  ],
  'paused-budget': [
    'Paused · budget reached for 2 h: The next call may cost $0.38; $0.02 is left of $1.32; step 31; visible 92.3 % at checkpoint 30, 1 behind (30 s); held-out 80.4 % at checkpoint 30, 1 behind (30 s), correctness debt +12.0 points; spent $1.30 of $1.32.',
    '$(warning) Belay: paused · budget reached !',
  ],
  'paused-supervisor': [
    'Paused by you for 1 min; step 31; visible 92.3 % at checkpoint 30, 1 behind (30 s); held-out 80.4 % at checkpoint 30, 1 behind (30 s), correctness debt +12.0 points; spent $1.30 of $60.',
    '$(debug-pause) 31 · 92.3 % · $1.30',
  ],
  'paused-model': [
    'Paused · model does not answer for 1 min: openrouter.example answered 503: the model is overloaded; tried 6 times; step 31; visible 92.3 % at checkpoint 30, 1 behind (30 s); held-out 80.4 % at checkpoint 30, 1 behind (30 s), correctness debt +12.0 points; spent $1.30 of $60.',
    '$(warning) Belay: paused · model does not answer !',
  ],
  'paused-window': [
    "Waiting for a window for 1 min: VS Code's models are asked through a window, and none is open; step 31; visible 92.3 % at checkpoint 30, 1 behind (30 s); held-out 80.4 % at checkpoint 30, 1 behind (30 s), correctness debt +12.0 points; spent $1.30 of $60.",
    '$(warning) Belay: waiting for a window !',
  ],
  'paused-consent': [
    'Waiting for your consent for 1 min: VS Code asks before Belay may use GPT-5 of Copilot; step 31; visible 92.3 % at checkpoint 30, 1 behind (30 s); held-out 80.4 % at checkpoint 30, 1 behind (30 s), correctness debt +12.0 points; spent $1.30 of $60.',
    '$(warning) Belay: waiting for your consent !',
  ],
  'paused-recording': [
    'Paused · no recorded answer for 1 min: The folder is not as it was when the answer of step 32 was recorded; step 31; visible 92.3 % at checkpoint 30, 1 behind (30 s); held-out 80.4 % at checkpoint 30, 1 behind (30 s), correctness debt +12.0 points; spent $1.30 of $60.',
    '$(warning) Belay: paused · no recorded answer !',
  ],
  'paused-disk': [
    'Paused · disk full for 1 min: The disk of the run directory is full. Nothing that was acknowledged is lost; step 31; visible 92.3 % at checkpoint 30, 1 behind (30 s); held-out 80.4 % at checkpoint 30, 1 behind (30 s), correctness debt +12.0 points; spent $1.30 of $60.',
    '$(warning) Belay: paused · disk full !',
  ],
  'paused-sandbox': [
    'Paused · no sandbox for 1 min: Bubblewrap no longer starts: bwrap: setting up uid map: Permission denied; step 31; visible 92.3 % at checkpoint 30, 1 behind (30 s); held-out 80.4 % at checkpoint 30, 1 behind (30 s), correctness debt +12.0 points; spent $1.30 of $60.',
    '$(warning) Belay: paused · no sandbox !',
  ],
  'paused-failure': [
    'Paused · failure for 1 min: The checkpoint could not be taken: EACCES: permission denied, open lib/Inline.pm; step 31; visible 92.3 % at checkpoint 30, 1 behind (30 s); held-out 80.4 % at checkpoint 30, 1 behind (30 s), correctness debt +12.0 points; spent $1.30 of $60.',
    '$(warning) Belay: paused · failure !',
  ],
  gate: [
    'Waiting for you for 1 h: Gate at step 31: visible fell 3.1 points (8 cases); step 31; visible 88.0 %; held-out 80.4 % at checkpoint 30, 1 behind (30 s), correctness debt +12.0 points at step 30 · checkpoint 30; spent $1.30 of $60.',
    '$(bell-dot) Belay: gate, step 31 !',
  ],
  'gate-unsealed': [
    'Waiting for you for 2 h: Gate at step 20: the agent asks: the specification leaves the tab stop inside a list item open; shall I follow the reference (4 columns) or the document?; visible fell 3.1 points (8 cases); 20 steps since the last gate; step 20; visible 64.7 %; held-out 55.8 % (not sealed); spent $0.84 of $60.',
    '$(bell-dot) Belay: gate, step 20 !',
  ],
  'rolling-back': [
    'Rolling back to checkpoint 24; step 31; visible 92.3 % at checkpoint 30, 2 behind (5 min); held-out 80.4 % at checkpoint 30, 2 behind (5 min), correctness debt +12.0 points; spent $1.30 of $60.',
    '$(pulse) 31 · 92.3 % · $1.30',
  ],
  'rolled-back': [
    'Paused after the rollback for 38 s: Nothing goes on before you say so; step 31; visible 75.8 % at step 24 · checkpoint 24; held-out 55.8 % at step 20 · checkpoint 20; spent $1.30 of $60.',
    '$(debug-pause) 31 · 75.8 % · $1.30',
  ],
  'rolled-back-unverified': [
    'Paused after the rollback for 1 h: Nothing goes on before you say so; step 31; visible not verified; held-out not verified; spent $1.30 of $60.',
    '$(debug-pause) 31 · – · $1.30',
  ],
  'rollback-undone': [
    'Waiting for you for 1 h: Gate at step 31: visible fell 3.1 points (8 cases); step 31; visible 88.0 % at checkpoint 31, 1 behind (5 min); held-out 80.4 % at checkpoint 30, 2 behind (5 min), correctness debt +12.0 points at step 30 · checkpoint 30; spent $1.30 of $60.',
    '$(bell-dot) Belay: gate, step 31 !',
  ],
  finished: [
    'Finished · 326 of 326, 1 h ago: Accepted by the supervisor; step 31; visible 100.0 %; held-out 93.6 %, correctness debt +6.4 points; spent $1.30 of $60.',
    '$(check) 31 · 100.0 % · $1.30',
  ],
  'finished-short': [
    'Finished · 139 of 326, 2 h ago: Accepted by the supervisor; step 12; visible 42.6 %; held-out 31.3 % at checkpoint 10, 2 behind (58 s) (not sealed); spent $0.50 of $60.',
    '$(check) 12 · 42.6 % · $0.50',
  ],
  stopping: [
    'Stopping: The call in progress is ended first; step 32; visible 92.3 % at checkpoint 30, 1 behind (30 s); held-out 80.4 % at checkpoint 30, 1 behind (30 s), correctness debt +12.0 points; spent $1.30 of $60.',
    '$(debug-stop) 32 · 92.3 % · $1.30',
  ],
  stopped: [
    'Stopped, 1 h ago: Stopped by the supervisor; step 31; visible 92.3 % at checkpoint 30, 1 behind (30 s); held-out 80.4 % at checkpoint 30, 1 behind (30 s), correctness debt +12.0 points; spent $1.30 of $60.',
    '$(debug-stop) 31 · 92.3 % · $1.30',
  ],
  'no-run': ['No run.', '$(circle-outline) Belay: no run'],
  starting: ['Starting the engine for 2 s.', '$(circle-outline) Belay: starting'],
};

describe('in one line', () => {
  it.each(Object.keys(golden))('says how a run stands that is %s', (name) => {
    const one = shown.get(name);
    expect(one && inOneLine(one)).toEqual(golden[name]);
  });

  /** Words that the state line has, each of which needs a picture and a sentence above. */
  const stateWords = (states: Iterable<Shown>) =>
    new Set([...states].map(({ state, link, since }) => statusOf(state, link, since).word.replace(/ · \d.*/, '')));

  it('has a picture of every state', () => {
    expect([...stateWords(shown.values())].sort()).toEqual([
      'Engine not answering',
      'Finished',
      'Held back by the throttle',
      'No run',
      'Parked by the provider',
      'Paused after the rollback',
      'Paused by you',
      'Paused · budget reached',
      'Paused · disk full',
      'Paused · failure',
      'Paused · model does not answer',
      'Paused · no recorded answer',
      'Paused · no sandbox',
      'Rolling back',
      'Running',
      'Starting',
      'Stopped',
      'Stopping',
      'Verifying',
      'Waiting for a key',
      'Waiting for a window',
      'Waiting for the provider',
      'Waiting for you',
      'Waiting for your answer',
      'Waiting for your consent',
    ]);
  });

  it('would be caught looking like success: what was stopped has no tick', () => {
    const icons = (name: string) => {
      const one = shown.get(name);
      return one && statusBarOf(one.state, one.link).icon;
    };
    expect([icons('stopped'), icons('finished')]).toEqual(['debug-stop', 'check']);
  });

  it('never says of a recording that its dollars are spent now', () => {
    const played = shown.get('running-model')?.state;
    const run = played?.run && { ...played.run, task: { ...played.run.task, recording } };
    const state = played && { ...played, run: run ?? null };
    expect(state && statusBarOf(state, 'attached').text).toBe('32 · 92.3 % · $1.30 recorded');
    expect(state && statusSentence(state, 'attached')).toMatch(/cost in the recording \$1\.30 of \$60\.$/);
  });

  it('leaves the time out where it would stand still', () => {
    const gate = shown.get('gate');
    expect(gate && statusSentence(gate.state, gate.link)).toMatch(/^Waiting for you: Gate at step 31/);
  });
});
