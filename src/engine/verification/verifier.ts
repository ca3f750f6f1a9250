/**
 * Job: the verifier's process: takes requests over IPC, answers with counts and verdicts.
 * Boundary: the only process that opens a held-out suite. It serves one kind of suite, named at its start, and refuses the
 * other, so that what the agent's test tool talks to has never been given a held-out case.
 * Rules: H1, H5. It ends with the engine: when the channel closes, everything that it started is killed.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { assert, messageOf } from '../../base/assert.ts';
import { limits } from '../../run/limits.ts';
import { confineProcesses } from '../sandbox/controlGroup.ts';
import { Builds, buildsFolder } from './builds.ts';
import { removeAside } from './folders.ts';
import type { FromVerifier, ToVerifier, VerifyParams } from './messages.ts';
import { sealSuites } from './seal.ts';
import { Verdicts } from './verdicts.ts';
import { verify } from './verify.ts';

/** Each telling goes on to every window: often enough for an eye, seldom enough to cost the engine nothing. */
const progressMs = 500;

function main(kind: string | undefined, work: string | undefined): void {
  assert(
    (kind === 'visible' || kind === 'heldOut') && work !== undefined,
    'usage: verifier <visible|heldOut> <work folder>',
  );
  assert(process.send !== undefined, 'the verifier is started by the engine, with an IPC channel');
  // Every case is started in this group: a bomb among them is held by the kernel, and killed by the watcher (B3).
  confineProcesses(limits.verifierWorkers * limits.commandProcesses)?.take(process.pid);
  for (const folder of [work, buildsFolder(work)]) if (existsSync(folder)) removeAside(folder);
  const casesFolder = join(work, 'cases');
  mkdirSync(casesFolder, { recursive: true, mode: 0o700 });
  const builds = new Builds(work);
  const verdicts = new Verdicts();
  const running = new Map<number, AbortController>();

  const answer = async (message: Exclude<ToVerifier, { kind: 'cancel' }>): Promise<FromVerifier> => {
    const { id } = message;
    if (message.kind === 'seal') {
      if (kind !== 'heldOut') throw new Error('only the verifier of held-out suites may seal');
      return { kind: 'sealed', id, report: await sealSuites(message.request) };
    }
    if (message.params.suite.kind !== kind) throw new Error(`this verifier serves ${kind} suites only`);
    return { kind: 'verified', id, result: await verifyOne(id, message.params) };
  };
  const verifyOne = async (id: number, params: VerifyParams) => {
    const cancel = new AbortController();
    running.set(id, cancel);
    let toldAt = 0;
    const onProgress = (done: number, total: number) => {
      const now = performance.now();
      if (now - toldAt < progressMs && done < total) return;
      toldAt = now;
      send({ kind: 'progress', id, done, total });
    };
    try {
      return await verify(params, { builds, verdicts, casesFolder, onProgress, signal: cancel.signal });
    } finally {
      running.delete(id);
    }
  };

  process.on('message', (message: ToVerifier) => {
    if (message.kind === 'cancel') {
      running.get(message.id)?.abort(new Error('cancelled'));
      return;
    }
    const failed = (error: unknown): FromVerifier => ({ kind: 'failed', id: message.id, message: messageOf(error) });
    void answer(message).catch(failed).then(send);
  });
  process.on('disconnect', () => {
    for (const cancel of running.values()) cancel.abort(new Error('the engine has gone'));
    // the aborts above kill at once; what they wait for is only the pipes
    setTimeout(() => process.exit(0), 200);
  });
}

function send(message: FromVerifier): void {
  if (process.connected) process.send?.(message);
}

main(process.argv[2], process.argv[3]);
