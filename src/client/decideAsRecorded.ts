/**
 * Job: decide the open gate of a recorded run as its supervisor did: reject what they rejected, then decide.
 * Boundary: asks through whatever carries requests; no screen.
 * Rules: G3 what it names as shown is given by the caller.
 */
import type { RecordedActs, RequestName, Requests } from '../protocol/messages.ts';
import type { Shown } from '../run/entry.ts';

export interface Asking {
  request<K extends Exclude<RequestName, 'attach'>>(
    method: K,
    params: Requests[K]['params'],
  ): Promise<Requests[K]['result']>;
}

/** After a rollback the run goes on, as it did. @throws RequestRefused, EngineGone */
export async function decideAsRecorded(
  asking: Asking,
  gate: number,
  { rejects, decision, text, to }: RecordedActs,
  shown: Shown,
): Promise<void> {
  for (const { path, reason } of rejects) await asking.request('rejectFile', { path, reason, shown });
  if (decision !== 'rollback' || to === undefined) {
    await asking.request('decide', { gate, decision, shown, ...(text !== undefined && { text }) });
    return;
  }
  const { digest } = await asking.request('planRollback', { to });
  const reason = text === undefined ? {} : { reason: text };
  await asking.request('decide', { gate, decision, shown, to, planDigest: digest, ...reason });
  await asking.request('resume', {});
}
