/**
 * Job: what the engine's bundle does besides serving a run: look before a start, look at a reference or a policy, record a suite.
 * Boundary: each loads its parts when it is asked for, so that an engine never loads what reads the held-out cases (H1).
 */
import type { PreflightRequest, ReferenceRequest } from '../protocol/places.ts';
import type { RecordRequest } from '../protocol/recordSuite.ts';
import { policyLook } from './policies.ts';

/** @returns what is printed as one line of JSON */
export async function looked(asked: { preflight?: string; reference?: string; policy: boolean }): Promise<unknown> {
  const { preflight, reference, policy } = asked;
  if (policy) return policyLook();
  const look = await import('./preflight.ts');
  if (preflight !== undefined) return look.preflight(JSON.parse(preflight) as PreflightRequest);
  return look.lookAtReference(JSON.parse(reference ?? '') as ReferenceRequest);
}

export async function recorded(request: RecordRequest, print: (message: unknown) => void): Promise<void> {
  const { recordAndTell } = await import('./recordSuite.ts');
  const cancel = new AbortController();
  process.once('SIGTERM', () => {
    cancel.abort(new Error('Cancelled: nothing was written.'));
  });
  await recordAndTell(request, print, cancel.signal);
}
