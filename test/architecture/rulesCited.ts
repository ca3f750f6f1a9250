// Job: every numbered rule of the design has a test that cites it in its title, as in `it('J3: cuts …')`.
// Boundary: reads the texts below test/; whether the test proves the rule is for a reader to judge.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The ids cited in the titles of tests and of groups of tests: `J3: …` or `J3, J4: …`. */
export function citedRules(source: string): Set<string> {
  const cited = new Set<string>();
  const titles = source.matchAll(/\b(?:it|test|describe)(?:\.\w+(?:\([^)]*\))?)?\(\s*(['"`])((?:[A-Z]\d+(?:, )?)+):/g);
  for (const title of titles) {
    for (const id of (title[2] ?? '').split(', ')) cited.add(id);
  }
  return cited;
}

/** The rules that no source cites, in the order of `rules`. */
export function uncitedRules(rules: readonly string[], sources: readonly string[]): string[] {
  const cited = new Set(sources.flatMap((source) => [...citedRules(source)]));
  return rules.filter((rule) => !cited.has(rule));
}

if (import.meta.main) {
  const testFolder = join(import.meta.dirname, '..');
  const rules = JSON.parse(readFileSync(join(testFolder, 'rules.json'), 'utf8')) as string[];
  // This checker's own test holds made-up titles.
  const files = globSync('**/*.test.ts', { cwd: testFolder }).filter((file) => !file.endsWith('rulesCited.test.ts'));
  const uncited = uncitedRules(
    rules,
    files.map((file) => readFileSync(join(testFolder, file), 'utf8')),
  );
  if (uncited.length > 0) {
    console.error(`no test cites ${uncited.join(', ')}`);
    process.exitCode = 1;
  }
  console.log(`${String(rules.length - uncited.length)} of ${String(rules.length)} rules cited`);
}
