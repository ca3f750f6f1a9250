/**
 * Job: the first entries of a run: take the task, seal the suites, record what everything depends on.
 * Boundary: once in a run's life; a run that is opened again reads all this from its journal and run directory.
 * Rules: J9 the task's text is a blob before the entry names its digest. H2 every reason against the seal is in the entry.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { assert } from '../base/assert.ts';
import type { EntryBody, ForkOrigin, Provenance, Seal, TaskFacts } from '../run/entry.ts';
import type { RecordingFacts } from '../run/recordingFacts.ts';
import { listedWindow, priceOf } from '../run/price.ts';
import { parseRecording } from '../run/recording.ts';
import { otherModelOf, taskFacts, type PricedModel, type Task } from '../run/task.ts';
import type { StartRequest } from '../protocol/places.ts';
import { belayVersion, engineDigest } from './build.ts';
import type { Blobs } from './journal/blobs.ts';
import type { SealReport } from './verification/seal.ts';
import { readBaseline } from './workspace/baseline.ts';
import { resolveTaskPath } from './workspace/taskFile.ts';
import type { World } from './world.ts';

/** Under this name the digest of the task's blob stands in the provenance. */
export const taskDigestName = 'belay.json';

/** The same for a recording that is played. */
export const recordingDigestName = 'recording';

export async function creationEntry(
  start: StartRequest,
  world: World,
  suites: SealReport,
  recording: string | null,
  blobs: Blobs,
  forkedFrom: ForkOrigin | null,
): Promise<EntryBody<'run.created'>> {
  const git = await gitVersion();
  const taskBlob = await blobs.putBlob(JSON.stringify(world.task));
  const { baseline } = await readBaseline(world.workspace);
  return {
    type: 'run.created',
    runId: start.runId,
    workspace: world.workspace,
    task: {
      ...factsOf(world.task, start.createdAt),
      ...(recording !== null && { recording: recordingFacts(recording, world) }),
    },
    baseline,
    provenance: {
      belay: belayVersion,
      engineDigest: engineDigest(),
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
      git,
      sandbox: world.sandboxVersion,
      digests: {
        [taskDigestName]: taskBlob.digest,
        ...(recording !== null && { [recordingDigestName]: (await blobs.putBlob(recording)).digest }),
        ...suites.digests,
        ...(await documentDigests(start.taskFile, world.task.docs)),
      },
    },
    seal: sealOf(start, world, suites),
    supervisor: start.supervisor,
    ...(forkedFrom !== null && { forkedFrom }),
    ...(start.storeQuotaBytes !== undefined && { storeQuotaBytes: start.storeQuotaBytes }),
  };
}

function recordingFacts(text: string, { reference }: World): RecordingFacts {
  const parsed = parseRecording(text);
  assert(parsed.ok, 'a recording that is damaged is refused at the start');
  const { steps, endDigest } = parsed.recording.head;
  return { steps, endDigest, referenceInstalled: reference?.program !== null };
}

function factsOf(task: Task, at: number): TaskFacts {
  const other = otherModelOf(task);
  return taskFacts(task, priceFacts(task.model, at), machineZone(), other === null ? undefined : priceFacts(other, at));
}

/** The check at the start has refused a task whose price is neither given nor listed. */
function priceFacts(model: Task['model'], at: number): PricedModel {
  const found = priceOf(model, at);
  assert(found.known, 'a run whose price is not known does not start');
  const windowTokens = listedWindow(model, at);
  return { price: found.price, priceFrom: found.from, ...(windowTokens !== undefined && { windowTokens }) };
}

function sealOf(start: StartRequest, world: World, suites: SealReport): Seal {
  const reasons = [...world.reasons, ...suites.reasons];
  const unsealed = world.sandbox.kind === 'unsealed';
  return {
    sealed: reasons.length === 0,
    reasons,
    ...(suites.notSearched.length > 0 && { notSearched: suites.notSearched }),
    ...(unsealed && { unsealedBy: start.supervisor }),
    ...(world.withstood !== null && { withstood: world.withstood }),
  };
}

async function gitVersion(): Promise<string> {
  const { stdout } = await promisify(execFile)('git', ['--version']);
  return stdout.replace('git version', '').trim();
}

async function documentDigests(taskFile: string, docs: readonly string[]): Promise<Provenance['digests']> {
  const digests: Record<string, string> = {};
  for (const path of docs) {
    const absolute = resolveTaskPath(path, dirname(taskFile), process.env['HOME'] ?? '/');
    const content = await readFile(absolute).catch(() => null); // a folder of documents has no digest of its own
    if (content) digests[`doc:${path}`] = createHash('sha256').update(content).digest('hex');
  }
  return digests;
}

function machineZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
