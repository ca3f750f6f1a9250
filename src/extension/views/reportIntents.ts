/**
 * Job: check what the Run Report page sends before anything acts on it.
 * Boundary: pure. One check per intent, in a mapped type: a forgotten member does not compile.
 */
import type { ReportIntentName, ReportIntents, ReportPageMessage } from '../../protocol/reportPage.ts';

type Fields = Readonly<Record<string, unknown>>;
type Checks = { readonly [K in ReportIntentName]: (fields: Fields) => ReportIntents[K] | null };

const bare = (): Record<never, never> => ({});
const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isCase = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= 4096;

const checks: Checks = {
  ready: bare,
  openCheckpoint: ({ checkpoint }) => (isNumber(checkpoint) ? { checkpoint } : null),
  openGate: ({ gate }) => (isNumber(gate) ? { gate } : null),
  saveMarkdown: bare,
  copyMarkdown: bare,
  showFailing: bare,
  openCase: ({ id, checkpoint }) => (isCase(id) && isNumber(checkpoint) ? { id, checkpoint } : null),
  findBreak: ({ id }) => (isCase(id) ? { id } : null),
  showRun: bare,
};

/** The intent, with nothing but its own fields; null for anything that the page's code does not send. */
export function parseReportIntent(message: unknown): ReportPageMessage | null {
  if (typeof message !== 'object' || message === null) return null;
  const { type } = message as Fields;
  if (typeof type !== 'string' || !Object.hasOwn(checks, type)) return null;
  const name = type as ReportIntentName;
  const fields = checks[name](message as Fields);
  return fields === null ? null : ({ ...fields, type: name } as ReportPageMessage);
}
