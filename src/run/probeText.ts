/**
 * Job: what the agent is told of an answer of the reference, and that answer again from those words, for a recording.
 * Boundary: pure. Read and written again the text is the same, whatever the program printed; that it was played is not kept.
 */

export interface ProbeAnswer {
  readonly stdout: string;
  readonly stderr: string;
  /** null when it was ended from outside. */
  readonly exitCode: number | null;
  /** Which limit ended it. */
  readonly endedBy?: string;
}

const stdoutMark = '\nstdout:\n';
const stderrMark = '\nstderr:\n';
const playedMark = ' (as recorded: the reference is not installed here)';

/** @param played the answer comes from a recording, which is said in the first line */
export function probeText({ stdout, stderr, exitCode, endedBy }: ProbeAnswer, played = false): string {
  const ended = endedBy ?? `exit ${exitCode === null ? 'unknown' : String(exitCode)}`;
  return `${ended}${played ? playedMark : ''}${stdoutMark}${stdout}${stderr === '' ? '' : stderrMark + stderr}`;
}

/** null: no answer of the reference, but why there was none. */
export function probeOfText(text: string): ProbeAnswer | null {
  const mark = text.indexOf(stdoutMark);
  if (mark < 0) return null;
  const ended = text.slice(0, mark).replace(playedMark, '');
  const printed = text.slice(mark + stdoutMark.length);
  const second = printed.lastIndexOf(stderrMark);
  const end = second < 0 || second + stderrMark.length === printed.length ? printed.length : second;
  const exit = /^exit (\d+|unknown)$/.exec(ended)?.[1];
  return {
    stdout: printed.slice(0, end),
    stderr: printed.slice(end + stderrMark.length),
    exitCode: exit === undefined || exit === 'unknown' ? null : Number(exit),
    ...(exit === undefined && { endedBy: ended }),
  };
}
