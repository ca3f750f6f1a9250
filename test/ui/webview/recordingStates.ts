// Job: the Run view of a run that plays a recording, in every state that differs from other runs.
// Boundary: as states.ts, which lists these too.

import type { ConnectionKind, HostMessage } from '../../../src/protocol/webview.ts';
import { FixtureRun } from './fixtures.ts';
import type { Fixture } from './states.ts';

const minuteMs = 60_000;

function stateMessage(run: FixtureRun, now: number, kind: ConnectionKind = 'attached'): HostMessage {
  return { type: 'state', state: run.state, connection: { kind, since: now - 4 * minuteMs }, now };
}

const recorded = { steps: 27, endDigest: `9f3c${'a'.repeat(60)}`, referenceInstalled: false };

function playing(now: number): FixtureRun {
  const run = new FixtureRun(now - 4 * minuteMs).create({ costUsd: 10, recording: recorded }).history(6);
  return run.pass(Math.max(0, now - 8_000 - run.state.at));
}

export function recordingFixtures(now: number): readonly Fixture[] {
  const gate = playing(now).gate([{ kind: 'steps', text: '6 steps since the last gate' }]);
  const acts = {
    rejects: [{ path: 'lib/months.sh', reason: 'months are no data' }],
    decision: 'redirect',
    text: 'Compute the weekday, do not look it up',
  } as const;
  const pause =
    'The recording has no answer for step 8 here: the folder is not as it was then. Recorded at the last gate: roll back. It goes on from checkpoint 5: roll back to it and resume.';
  const end = (endDigest: string) =>
    playing(now).add({ type: 'run.ended', outcome: 'finished', message: 'accepted by the supervisor', endDigest });
  return [
    { name: 'recording', messages: [stateMessage(playing(now).ask(7), now), { type: 'pace', factor: 2 }] },
    {
      name: 'recording-gate',
      messages: [
        stateMessage(gate, now),
        { type: 'review', filesChanged: 4, unread: 4 },
        { type: 'recordedHere', acts },
      ],
    },
    {
      name: 'recording-no-answer',
      messages: [
        stateMessage(
          playing(now).ask(8).add({ type: 'run.paused', reason: 'recording', message: pause, checkpoint: 5 }),
          now,
        ),
      ],
    },
    { name: 'recording-same', messages: [stateMessage(end(recorded.endDigest), now, 'readOnly')] },
    { name: 'recording-other', messages: [stateMessage(end('b'.repeat(64)), now, 'readOnly')] },
  ];
}
