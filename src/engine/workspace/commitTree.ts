/**
 * Job: what a commit of the supervisor's repository holds below the workspace: names and sizes, and content when it is asked for.
 * Boundary: reads objects only (C1): no index, no work tree, no filter, no hook, no transport; see baseline.ts.
 */
import { execFile } from 'node:child_process';
import { messageOf } from '../../base/assert.ts';
import { RequestRefused } from '../../protocol/refused.ts';
import { limits } from '../../run/limits.ts';
import { readOnlyEnvironment } from './baseline.ts';

export interface CommittedFile {
  /** As bytes: a name need not be text. */
  readonly path: Buffer;
  readonly type: 'file' | 'symlink';
  readonly executable: boolean;
  readonly size: number;
  /** The id of its blob. */
  readonly digest: string;
}

export interface CommitTree {
  readonly files: readonly CommittedFile[];
  /** Folders that are repositories of their own (submodules). */
  readonly nested: readonly Buffer[];
}

/** null: no repository, or no commit yet. */
export async function headOf(
  workspace: string,
): Promise<{ readonly commit: string; readonly branch: string | null } | null> {
  const ask = async (...args: string[]) => (await read(workspace, args))?.toString('utf8').trim() ?? '';
  const commit = await ask('rev-parse', '--verify', '-q', 'HEAD^{commit}');
  const branch = await ask('symbolic-ref', '--short', '-q', 'HEAD');
  return commit === '' ? null : { commit, branch: branch === '' ? null : branch };
}

/** @throws RequestRefused where the commit is not there */
export async function commitTree(workspace: string, commit: string): Promise<CommitTree> {
  const listed = await read(workspace, ['ls-tree', '-r', '-z', '-l', commit]);
  if (listed === null) throw new RequestRefused(`Your repository has no commit ${commit.slice(0, 8)}.`);
  const files: CommittedFile[] = [];
  const nested: Buffer[] = [];
  for (let at = 0; at < listed.length;) {
    const end = listed.indexOf(0, at);
    const tab = listed.indexOf(9, at);
    const [mode, , digest = '', size] = listed.toString('latin1', at, tab).split(/ +/);
    const path = listed.subarray(tab + 1, end);
    if (digest.length !== 40)
      throw new RequestRefused('Your repository names objects by SHA-256: it can’t be compared.');
    if (mode === '160000') nested.push(path);
    else {
      const type = mode === '120000' ? 'symlink' : 'file';
      files.push({ path, type, executable: mode === '100755', size: Number(size), digest });
    }
    at = end + 1;
  }
  return { files, nested };
}

/** null where it is not there. @throws RequestRefused where it is too large to be shown */
export async function committedBlob(workspace: string, digest: string): Promise<Buffer | null> {
  return read(workspace, ['cat-file', 'blob', digest]);
}

/** null where git says no. */
function read(workspace: string, args: readonly string[]): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const options = {
      cwd: workspace,
      env: readOnlyEnvironment(),
      encoding: 'buffer',
      maxBuffer: limits.committedBytes,
    } as const;
    execFile('git', ['-c', 'core.fsmonitor=false', ...args], options, (error, stdout) => {
      if (error === null) resolve(stdout);
      else if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
        reject(new RequestRefused('It is too large to be shown.'));
      else if (typeof error.code === 'number') resolve(null);
      else reject(new Error(`git could not be started: ${messageOf(error)}`, { cause: error }));
    });
  });
}
