/**
 * Job: reject one file of the agent: it goes back to its accepted version, a directive says so and why, and the run goes on.
 * Boundary: joins the rollback of one path with its facts; whether a gate is open makes no difference.
 * Rules: C4 planned, safe, undoable: the undo brings the file again and withdraws the directive. J5 and G2: the rejection, its
 *   directive and the intent are one commit, so that no crash leaves one without the others. C6 a file that the supervisor edited
 *   too is not put back.
 */
import { acceptedCheckpointOf } from '../../run/accepted.ts';
import type { EntryBody, Shown } from '../../run/entry.ts';
import type { Rejection, RunState } from '../../run/state.ts';
import { pathInWords } from '../../run/pathWords.ts';
import { shownOf } from '../../run/shown.ts';
import { RequestRefused } from '../../protocol/refused.ts';
import { leafAt } from '../checkpoint/manifest.ts';
import type { Run } from '../run.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { Rollbacks } from './rollbacks.ts';

export interface RejectRequest {
  /** Relative to the workspace. */
  readonly path: string;
  /** May be empty. */
  readonly reason: string;
  readonly shown: Shown;
}

export class Rejections {
  private readonly run: Run;
  private readonly checkpoints: Checkpoints;
  private readonly rollbacks: Rollbacks;

  constructor(run: Run, checkpoints: Checkpoints, rollbacks: Rollbacks) {
    this.run = run;
    this.checkpoints = checkpoints;
    this.rollbacks = rollbacks;
  }

  /** @throws RequestRefused with words for a person; then nothing happened. */
  async reject(
    { path, reason, shown }: RejectRequest,
    by: string,
  ): Promise<{ readonly directive: number; readonly checkpoint: number }> {
    const to = acceptedCheckpointOf(this.run.state, path);
    const isAccepted = leafAt(await this.checkpoints.manifest(to), path) !== null;
    if (!isAccepted && leafAt(await this.checkpoints.detect(), path) === null)
      throw new RequestRefused(
        `There is no file ${pathInWords(path)}, neither in the folder nor among what is accepted.`,
      );
    const why = reason.trim();
    let directive = 0;
    const facts = (state: RunState): readonly EntryBody[] => {
      refuseEnded(state);
      directive = state.directives.length + 1;
      const text = directiveText({ path, reason: why, to, isAccepted });
      return [
        { type: 'directive.added', directive, text, by },
        { type: 'file.rejected', path, reason: why, directive, to, by, shown },
      ];
    };
    const checkpoint = await this.rollbacks.putBack(path, { to, by, undo: false, facts });
    return { directive, checkpoint };
  }

  /** Takes the newest rejection back, or does it again where it was taken back. @returns the number of the new checkpoint. */
  async undo(by: string): Promise<number> {
    const { lastRollback: last, rejections } = this.run.state;
    const rejection = rejections.findLast(({ path }) => last?.paths?.includes(path));
    if (last === null || rejection === undefined)
      throw new RequestRefused('There is no rejection to take back: a step followed it.');
    if (last.undo) {
      const { path, reason } = rejection;
      return (await this.reject({ path, reason, shown: shownOf(this.run.state, null) }, by)).checkpoint;
    }
    const facts = (state: RunState): readonly EntryBody[] => {
      refuseEnded(state);
      return withdrawn(state, rejection, by);
    };
    return this.rollbacks.putBack(rejection.path, { to: last.safety, by, undo: true, facts });
  }
}

function refuseEnded(state: RunState): void {
  if (state.ended) throw new RequestRefused('The run has ended; nothing of it can be changed.');
}

function withdrawn({ directives }: RunState, { directive }: Rejection, by: string): readonly EntryBody[] {
  const stands = directives.some((d) => d.directive === directive && !d.withdrawn);
  return stands ? [{ type: 'directive.withdrawn', directive, by }] : [];
}

/** What the agent reads from then on; it must understand it without having seen the rejection. */
function directiveText(rejected: {
  readonly path: string;
  readonly reason: string;
  readonly to: number;
  readonly isAccepted: boolean;
}): string {
  const { path, reason, to, isAccepted } = rejected;
  const why = reason === '' ? '.' : `: ${reason}${/[.!?…]$/.test(reason) ? '' : '.'}`;
  const accepted = `the accepted version (checkpoint ${String(to)})`;
  const done = isAccepted ? `The file was put back to ${accepted}` : `The file was deleted, for ${accepted} has none`;
  return `Rejected ${pathInWords(path)}${why} ${done}; do not make the rejected change again.`;
}
