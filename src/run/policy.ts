/**
 * Job: the policy of an organisation: its schema, and what is read of a policy file or is wrong with it, at its line.
 * Boundary: pure; which files there are and whether they may be believed is the engine's. Uses zod: not for activation or the webview.
 * Rules: several policies hold together: what one forbids no other allows. A file that is not understood whole is no policy: nothing
 *   starts then.
 */
import { findNodeAtLocation, printParseErrorCode } from 'jsonc-parser';
import { z } from 'zod';
import type { BudgetKind } from './entry.ts';
import { positive } from './schemaParts.ts';
import { schemaProblem } from './schemaProblem.ts';
import { taskTree } from './taskTree.ts';

const people = (what: string) =>
  z
    .array(z.string().min(1, 'must not be empty'))
    .optional()
    .describe(`Who may ${what}. Users of this machine, by name; absent: everybody; []: nobody.`);

const limit = (unit: string) => positive.optional().describe(`So many ${unit} a run may use at most.`);

export const policySchema = z
  .strictObject({
    limits: z
      .strictObject({
        costUsd: limit('dollars'),
        tokens: limit('tokens'),
        wallHours: limit('hours'),
        steps: limit('steps'),
      })
      .optional()
      .describe(
        'The most that a hard limit may be. A task has to name a hard limit of each kind that stands here, no higher; dollars bound only a model whose price is known.',
      ),
    mayRaiseLimits: people('raise a limit of a run, or take one away'),
    mayAccept: people('accept a gate, files or hunks, with or without a commit'),
    mayAllowNetwork: people(
      'start a run whose commands can reach the network, which is a run without a sandbox (“--unsealed”)',
    ),
    contact: z.string().min(1).max(200).optional().describe('Whom to ask: a name, an address. Every refusal names it.'),
  })
  .describe('What an organisation lets runs of Belay do on this machine.');

export type Policy = z.infer<typeof policySchema>;

/** A policy that holds, and where. */
export interface HeldPolicy {
  readonly file: string;
  readonly policy: Policy;
  /** Keys by their path, such as "limits.costUsd", with their line from 1. */
  readonly lines: Readonly<Record<string, number>>;
}

export type PolicyResult =
  { readonly ok: true; readonly held: HeldPolicy } | { readonly ok: false; readonly problems: readonly string[] };

/** @returns problems as "/etc/belay/policy.json:3: …", with what to do */
export function parsePolicy(text: string, file: string): PolicyResult {
  const tree = taskTree(text);
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length;
  const at = (offset: number, words: string) => `${file}:${String(lineAt(offset))}: ${words}`;
  if (text.trim() === '') return { ok: false, problems: [at(0, 'is empty; a policy that allows everything is {}')] };
  if (tree === null) return { ok: false, problems: [at(0, 'is no policy: it is nested too deeply')] };
  const { root, errors, value } = tree;
  const [error] = errors;
  if (error !== undefined)
    return { ok: false, problems: [at(error.offset, `is not JSON: ${words(printParseErrorCode(error.error))}`)] };
  if (root === undefined) return { ok: false, problems: [at(0, 'is no policy')] };
  const offsetOf = (path: readonly (string | number)[]) => {
    const node = findNodeAtLocation(root, [...path]);
    return (node?.parent?.type === 'property' ? node.parent.offset : node?.offset) ?? root.offset;
  };
  const parsed = policySchema.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => schemaProblem(issue, 'the policy'));
    return {
      ok: false,
      problems: problems.map(({ path, message, atKey }) =>
        at(offsetOf(path), `${atKey === true ? '' : keyWords(path)}${message}`),
      ),
    };
  }
  const paths: (readonly string[])[] = Object.keys(parsed.data).map((key) => [key]);
  for (const kind of Object.keys(parsed.data.limits ?? {})) paths.push(['limits', kind]);
  const lines = Object.fromEntries(paths.map((path) => [path.join('.'), lineAt(offsetOf(path))]));
  return { ok: true, held: { file, policy: parsed.data, lines } };
}

function keyWords(path: readonly (string | number)[]): string {
  return path.length === 0 ? '' : `"${path.join('.')}": `;
}

/** "CloseBraceExpected" as "close brace expected" */
function words(code: string): string {
  return code.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}

/** The key of a policy for each kind of limit, and how its values are told. */
export const policyLimits = {
  costUsd: { key: 'costUsd', perUnit: 1, unit: 'dollars' },
  tokens: { key: 'tokens', perUnit: 1, unit: 'tokens' },
  wallMs: { key: 'wallHours', perUnit: 3_600_000, unit: 'hours' },
  steps: { key: 'steps', perUnit: 1, unit: 'steps' },
} as const satisfies Readonly<
  Record<BudgetKind, { key: keyof NonNullable<Policy['limits']>; perUnit: number; unit: string }>
>;

/** JSON Schema (draft 7), for the reference and for editors. */
export function policyJsonSchema(): object {
  return z.toJSONSchema(policySchema, { target: 'draft-7', io: 'input' });
}
