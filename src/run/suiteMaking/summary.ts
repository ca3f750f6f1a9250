/**
 * Job: what was recorded, in Markdown for the window and the terminal.
 * Boundary: pure text.
 * Rules: H1 of the held-out suite it tells counts only, so that the text may stand anywhere.
 */
import { formatCounted } from '../forDisplay.ts';
import { faultWords, pitfallWords, type Fault, type Pitfall } from './screen.ts';

/** What became of recording a suite. */
export interface RecordSummary {
  /** Asked of the reference, by command. */
  readonly reference: string;
  readonly visible: { readonly file: string; readonly cases: number };
  readonly heldOut: { readonly file: string; readonly cases: number };
  readonly families: readonly { readonly tag: string; readonly visible: number; readonly heldOut: number }[];
  /** Questions by where they come from. */
  readonly found: { readonly inputs: number; readonly docs: number; readonly cases: number; readonly duals: number };
  readonly screened: readonly {
    readonly fault: Fault;
    readonly count: number;
    /** A few of them, by what was found: "docs/cal.md:12". */
    readonly examples: readonly string[];
  }[];
  /** Of kept cases, visible ones by id. */
  readonly pitfalls: readonly {
    readonly pitfall: Pitfall;
    readonly count: number;
    readonly examples: readonly string[];
  }[];
  /** How the task would name them; null: it does. */
  readonly suites: { readonly visible: string; readonly heldOut: string } | null;
  /** Where the suites are now that were there before. */
  readonly kept: readonly string[];
  /** Lines of the inputs that could not be read. */
  readonly problems: readonly string[];
}

const problemsShown = 20;

export function summaryText(told: RecordSummary): string {
  const { reference, visible, heldOut, families, found, screened, pitfalls, kept, problems } = told;
  const alone = families.filter((family) => family.heldOut === 0);
  const example = (examples: readonly string[]) => (examples.length === 0 ? '' : `, such as ${examples.join(', ')}`);
  const lines = [
    '# Recorded suite',
    '',
    `Asked of \`${reference}\`, each question twice and once in another language and time zone.`,
    '',
    `- visible: ${formatCounted(visible.cases, 'case')} in ${visible.file}`,
    `- held-out: ${formatCounted(heldOut.cases, 'case')} in ${heldOut.file}`,
    `- questions: ${String(found.inputs)} given, ${String(found.docs)} from documents, ${String(found.cases)} from cases, ${String(found.duals)} duals made of them`,
    ...(kept.length === 0 ? [] : [`- what was there before: kept in ${kept.join(' and ')}`]),
    '',
    '## Left out',
    '',
    ...(screened.length === 0 ? ['Nothing: every answer was the same each time.'] : []),
    ...screened.map(
      ({ fault, count, examples }) => `- ${String(count)}: the reference ${faultWords[fault]}${example(examples)}`,
    ),
    '',
    ...section(
      'Take care',
      pitfalls.map(({ pitfall, count, examples }) => `${String(count)}: ${pitfallWords[pitfall]}${example(examples)}`),
    ),
    ...section(
      'Without held-out duals',
      alone.length === 0
        ? []
        : [`${alone.map(({ tag }) => tag).join(', ')}: nothing of their questions can be changed`],
    ),
    ...section('Not read', problems.slice(0, problemsShown)),
    '## Families',
    '',
    '| tag | visible | held-out |',
    '|---|---|---|',
    ...families.map((f) => `| ${f.tag.replaceAll('|', '\\|')} | ${String(f.visible)} | ${String(f.heldOut)} |`),
    '',
  ];
  return lines.join('\n');
}

function section(title: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : [`## ${title}`, '', ...items.map((item) => `- ${item}`), ''];
}
