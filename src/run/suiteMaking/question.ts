/**
 * Job: what the reference is asked to make a case, and the family that the question belongs to.
 * Boundary: pure. A case is a question with its answer.
 */
import type { Case } from '../case.ts';

/** A case before it is recorded. */
export interface Question extends Pick<Case, 'args' | 'stdin' | 'env' | 'files' | 'tags'> {
  /** Where it comes from, for a person: "docs/cal.md:12", "inputs.txt:3", "case weeks-01". */
  readonly from: string;
}

const isOption = (arg: string) => /^-[^\d.]/.test(arg) && arg !== '--';

/** The options of a question by name, without their values. */
export function optionsOf({ args }: Pick<Question, 'args'>): readonly string[] {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).filter(isOption).map((arg) => arg.replace(/=.*$/s, ''));
}

/**
 * Gives each question a tag: its own first one, its subcommand, or its options. A subcommand is a first word that several
 * questions begin with and that others follow, such as "log" of `git log -1`.
 */
export function tagged(questions: readonly Question[]): readonly Question[] {
  const first = ({ args }: Question) => (/^[A-Za-z][\w-]*$/.test(args[0] ?? '') ? args[0] : undefined);
  const heads = Map.groupBy(questions, first);
  const isSubcommand = (word: string) => {
    const all = heads.get(word) ?? [];
    return all.length > 1 && all.some(({ args }) => args.length > 1);
  };
  return questions.map((question) => {
    if (question.tags.length > 0) return question;
    const word = first(question);
    if (word !== undefined && isSubcommand(word)) return { ...question, tags: [word] };
    const options = [...new Set(optionsOf(question))].sort().slice(0, 3);
    return { ...question, tags: [options.length === 0 ? 'no option' : options.join(' ')] };
  });
}
