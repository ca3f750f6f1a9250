/**
 * Job: intervals and correctness debt as a person reads them, the same on every screen.
 * Boundary: pure text. Rules: H4 who shows these words shows the held-out figure that they are of.
 */
import { debtOf, type Debt, type DebtCounts, type TagPair } from './debt.ts';
import { formatCount, formatCounted, formatPoints, formatRate, type Passed } from './forDisplay.ts';
import { wilson } from './intervals.ts';

const minus = '−';
const tagsShown = 3;

/** "95 %: 88.4–94.6 %": where the rate on all such cases may lie; empty without cases. */
export function rateIntervalWords(figure: Passed | null): string {
  if (figure === null || figure.total === 0) return '';
  const { low, high } = wilson(figure);
  return `95 %: ${(low * 100).toFixed(1)}–${(high * 100).toFixed(1)} %`;
}

/** "+4.3 points", "±0 points" */
export function debtValue({ visible, heldOut }: Pick<DebtCounts, 'visible' | 'heldOut'>): string {
  return `${formatPoints(visible, heldOut)} points`;
}

/** "95 %: 0.8 to 7.9" */
export function debtIntervalWords({ interval }: Debt): string {
  return `95 %: ${signed(interval.low)} to ${signed(interval.high)}`;
}

/** What the interval comes to, in words. */
export function debtVerdict({ significant, interval }: Debt): string {
  if (significant) return 'more than chance';
  return interval.low > 0 ? 'hardly by chance' : 'within chance';
}

/** "+4.3 points (95 %: 0.8 to 7.9), hardly by chance"; empty where nothing can be said. */
export function debtWords(counts: DebtCounts): string {
  const debt = debtOf(counts);
  return debt === null ? '' : `${debtValue(counts)} (${debtIntervalWords(debt)}), ${debtVerdict(debt)}`;
}

/** What else belongs to it where no table of tags stands beside: cases without a verdict, and where the gap is widest. */
export function debtNotes(counts: DebtCounts): readonly string[] {
  const wide = counts.tags.filter(
    ({ visible, heldOut }) => visible.pass / visible.total > heldOut.pass / heldOut.total,
  );
  return [
    ...notRunNotes(counts),
    ...(wide.length === 0 ? [] : [`widest in ${wide.slice(0, tagsShown).map(tagWords).join(', ')}`]),
  ];
}

/** "4 cases timed out or could not be run, counted as not passed" */
export function notRunNotes({ notRun }: DebtCounts): readonly string[] {
  return notRun === 0 ? [] : [`${formatCounted(notRun, 'case')} timed out or could not be run, counted as not passed`];
}

/** "Tabs +40.0 (10 of 10, held-out 6 of 10)" */
function tagWords({ tag, visible, heldOut }: TagPair): string {
  const of = ({ pass, total }: Passed) => `${formatCount(pass)} of ${formatCount(total)}`;
  return `${tag} ${formatPoints(visible, heldOut)} (${of(visible)}, held-out ${of(heldOut)})`;
}

/** A row of the table of tags: "Tabs", "100.0 %", "60.0 %", "+40.0", "95 %: 4.1 to 68.7". */
export function tagRow({ tag, visible, heldOut }: TagPair): readonly string[] {
  const debt = debtOf({ visible, heldOut });
  return [
    tag,
    `${formatRate(visible)} of ${formatCount(visible.total)}`,
    `${formatRate(heldOut)} of ${formatCount(heldOut.total)}`,
    formatPoints(visible, heldOut),
    debt === null ? '' : `${signed(debt.interval.low)} to ${signed(debt.interval.high)}`,
  ];
}

/** "5 repaired, 2 regressed since the last gate"; empty where nothing changed or no gate was. */
export function sinceGateWords(changes: { readonly regressed: number; readonly repaired: number } | undefined): string {
  if (changes === undefined || changes.regressed + changes.repaired === 0) return '';
  const { repaired, regressed } = changes;
  return `${formatCount(repaired)} repaired, ${formatCount(regressed)} regressed since the last gate`;
}

/** Points of a share: "7.9", "−0.6". */
function signed(share: number): string {
  const points = share * 100;
  const digits = Math.abs(points).toFixed(1);
  return points < 0 && digits !== '0.0' ? minus + digits : digits;
}
