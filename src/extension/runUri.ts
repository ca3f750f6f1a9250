/**
 * Job: the links of a run: `vscode://belay.belay/run/<id>`, with `/step/<n>`, `/gate/<n>` or `/checkpoint/<n>`.
 * Boundary: pure. A link names a place and nothing else: whatever more it carries is no link of Belay's.
 */

export interface RunPlace {
  readonly runId: string;
  readonly at: { readonly kind: 'step' | 'gate' | 'checkpoint'; readonly number: number } | null;
}

const path = /^\/run\/(\d{8}-\d{4}-[0-9a-f]{4})(?:\/(step|gate|checkpoint)\/(\d{1,9}))?\/?$/;

/** null for anything that `runPath` does not write. */
export function parseRunPath(text: string): RunPlace | null {
  const [, runId, kind, number] = path.exec(text) ?? [];
  if (runId === undefined) return null;
  const at = kind === undefined ? null : { kind: kind as 'step' | 'gate' | 'checkpoint', number: Number(number) };
  return { runId, at };
}

export function runPath({ runId, at }: RunPlace): string {
  return `/run/${runId}${at === null ? '' : `/${at.kind}/${String(at.number)}`}`;
}
