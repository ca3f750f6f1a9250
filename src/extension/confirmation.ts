/**
 * Job: the words of the one confirmation at a start: what the run may use, how it is fenced in, what is missing.
 * Boundary: pure; the facts were looked at before (the engine's preflight).
 * Rules: H2 "sealed" is said only where nothing speaks against it.
 */
import type { PreflightSandbox } from '../protocol/places.ts';
import type { WindowModel } from '../protocol/brokering.ts';
import type { BudgetLimits } from '../run/entry.ts';
import { formatCount, formatCounted, formatTokens, formatUsd, joinWords } from '../run/forDisplay.ts';

export interface StartFacts {
  readonly limits: BudgetLimits;
  /** Whether Belay can tell what the model costs. */
  readonly costKnown: boolean;
  /** A recording is played: nobody is paid. */
  readonly plays: boolean;
  readonly hasHeldOut: boolean;
  readonly sandbox: PreflightSandbox;
  /** Why the run would be NOT sealed; empty: it is sealed. */
  readonly reasons: readonly string[];
  /** The model of VS Code's that works; null: another kind. */
  readonly windowModel: WindowModel | null;
  /** The host whose key is wanted and not kept; null: none is missing. */
  readonly missingKey: string | null;
  /** The address that the task names for its model, beyond this machine and the provider's own; null: none. */
  readonly foreignHost: string | null;
}

export const isSealed = ({ sandbox, reasons }: StartFacts): boolean => sandbox.available && reasons.length === 0;

/** The truths, one paragraph each: "May spend up to $60.00 …", what is missing, why it is not sealed. */
export function startDetail(facts: StartFacts): string {
  const paragraphs = [startTruths(facts)];
  // Whoever wrote the task chose it; the key of BELAY_API_KEY would go wherever it says.
  if (facts.foreignHost !== null) paragraphs.push(foreignWords(facts.foreignHost));
  if (facts.missingKey !== null)
    paragraphs.push(`No key for ${facts.missingKey} is kept: without one the run waits at its first step.`);
  if (facts.windowModel !== null)
    paragraphs.push(
      `“${facts.windowModel.name}” is asked through VS Code, which may ask for your consent; while no window is open the run waits.`,
    );
  if (!isSealed(facts)) paragraphs.push(notSealed(facts));
  return paragraphs.join('\n\n');
}

function foreignWords(host: string): string {
  const open = host.startsWith('http:') ? ', unencrypted' : '';
  return `belay.json has the model asked at ${host}: what the agent reads and the key for it go there${open}.`;
}

/** "May spend up to $60.00 and run up to 7 days in this folder. Sandbox: bubblewrap 0.8.0. Held-out: sealed." */
export function startTruths({ limits, costKnown, plays, hasHeldOut, sandbox, reasons }: StartFacts): string {
  const sealed = sandbox.available && reasons.length === 0;
  const heldOut = hasHeldOut ? (sealed ? 'sealed' : 'NOT sealed') : 'none';
  const name = sandbox.available ? sandbox.version + withstood(sandbox.withstood) : 'none';
  const fence = `Sandbox: ${name}. Held-out: ${heldOut}.`;
  if (plays) return `Plays a recording in this folder and costs nothing: its dollars are the recorded run’s. ${fence}`;
  const cost = costKnown ? '' : ' What it costs is not known to Belay.';
  return `May ${mayWords(limits, costKnown)} in this folder.${cost} ${fence}`;
}

/** Nothing is said of a sandbox that was not checked here: Check Sandbox does, at any time. */
const withstood = (attacks: number | undefined) =>
  attacks === undefined ? '' : `, which withstood ${formatCounted(attacks, 'attack')} here`;

/** "spend up to $60.00 and run up to 7 days" */
export function mayWords(limits: BudgetLimits, costKnown: boolean): string {
  return joinWords([
    // A limit in dollars is never reached where no price is known (B1).
    ...(limits.costUsd?.hard === undefined || !costKnown ? [] : [`spend up to ${formatUsd(limits.costUsd.hard)}`]),
    ...(limits.wallMs?.hard === undefined ? [] : [`run up to ${span(limits.wallMs.hard)}`]),
    ...(limits.tokens?.hard === undefined ? [] : [`use up to ${formatTokens(limits.tokens.hard)} tokens`]),
    ...(limits.steps?.hard === undefined ? [] : [`take up to ${counted(limits.steps.hard, 'step')}`]),
  ]);
}

/** What the supervisor ticks; the permission is journalled by the engine. */
export function tickWords({ sandbox }: StartFacts): string {
  return sandbox.available
    ? 'I have read why this run is NOT sealed, and start it all the same'
    : 'Commands of the agent may run with my rights, and this run is NOT sealed';
}

function notSealed({ sandbox, reasons }: StartFacts): string {
  const list = (
    sandbox.available ? reasons : [sandbox.reason, ...reasons.filter((one) => !one.includes(sandbox.reason))]
  )
    .map((reason) => `• ${reason}.`)
    .join('\n');
  const without =
    'Without a sandbox the agent’s commands run with your rights: they can read and change everything that you can.\n';
  return `NOT sealed, because:\n${list}\n${sandbox.available ? '' : without}Wherever Belay shows the held-out rate it will say so.`;
}

function span(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours >= 48 && Number.isInteger(hours / 24)) return counted(hours / 24, 'day');
  if (hours >= 1) return Number.isInteger(hours) ? counted(hours, 'hour') : `${hours.toFixed(1)} hours`;
  return counted(Math.round(ms / 60_000), 'minute');
}

function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}
