/**
 * Job: "belay accept --commit" and "belay undo-accept".
 * Boundary: asks the engine; git and its hooks run there, with what they need of this session.
 */
import type { RunConnection } from '../client/connection.ts';
import { commitEnvironment } from '../protocol/commitEnvironment.ts';
import { formatCounted } from '../run/forDisplay.ts';
import { shownOf } from '../run/shown.ts';
import { UsageError } from './args.ts';
import { seenFile } from './changes.ts';

interface Wanted {
  /** null: the open gate. */
  readonly file: string | null;
  /** null: the proposed one. */
  readonly message: string | null;
}

/** @throws UsageError, RequestRefused with what git or a hook said */
export async function acceptAndCommit(connection: RunConnection, { file, message }: Wanted): Promise<string> {
  const { scope, shown } = await scopeOf(connection, file);
  const proposal = await connection.request('proposeCommit', scope);
  const session = commitEnvironment(process.env);
  const params = { ...scope, message: message ?? proposal.message, shown, session };
  const { commit, branch, files, accepted } = await connection.request('acceptAndCommit', params);
  const without = proposal.leftOut.map(
    ({ path, reason }) => `\n    not committed, ${reason}: ${path.replaceAll('\n', '^J')}`,
  );
  const done = `Committed ${formatCounted(files, 'file')} to ${branch} as ${commit.slice(0, 8)}`;
  return `${done}${accepted ? ', and accepted' : '; somebody else decided meanwhile, so nothing was accepted'}${without.join('')}`;
}

async function scopeOf(connection: RunConnection, path: string | null) {
  if (path !== null) {
    const { file, shown } = await seenFile(connection, path);
    return { scope: { files: [file] }, shown };
  }
  const { gate } = connection.state;
  if (!gate) throw new UsageError('No gate is open: name a file with --file');
  return { scope: { gate: gate.gate }, shown: shownOf(connection.state, null) };
}

export async function undoAccept(connection: RunConnection): Promise<string> {
  const { beforeAccept, lastCommit } = connection.state;
  if (beforeAccept === null) throw new UsageError('Nothing was accepted that could be taken back');
  const { acceptance } = beforeAccept;
  await connection.request('undoAccept', { acceptance });
  const commit = lastCommit?.acceptance === acceptance ? `, and commit ${lastCommit.commit.slice(0, 8)} too` : '';
  return `The last acceptance is taken back${commit}`;
}
