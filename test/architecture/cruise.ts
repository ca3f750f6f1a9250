// Job: run the dependency rules over a tree and say what breaks them.
// Boundary: reads files only. A tree in which nothing was found is a failure: a checker that sees nothing must not pass.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cruise, type ICruiseOptions, type ICruiseResult, type IFlattenedRuleSet } from 'dependency-cruiser';

const rules = createRequire(import.meta.url)('./dependencyRules.cjs') as IFlattenedRuleSet & {
  options: ICruiseOptions;
};

export interface CruiseReport {
  /** Modules of the tree itself, packages not counted. */
  readonly modules: number;
  /** One line each: `rule: from → to`. */
  readonly violations: readonly string[];
}

/** Applies the rules of dependencyRules.cjs to src/ below `root`. */
export async function checkDependencies(root: string): Promise<CruiseReport> {
  const { options, ...ruleSet } = rules;
  // dependency-cruiser works from the current directory, and resolves bare names from the importing file upwards.
  const before = process.cwd();
  process.chdir(root);
  try {
    const { output } = await cruise(['src'], {
      ...options,
      baseDir: root,
      validate: true,
      ruleSet,
      tsConfig: { fileName: join(root, 'tsconfig.json') },
    });
    return report(output as ICruiseResult);
  } finally {
    process.chdir(before);
  }
}

function report(result: ICruiseResult): CruiseReport {
  const modules = result.modules.filter((module) => module.source.startsWith('src/')).length;
  const violations = result.summary.violations.map((violation) => {
    const via = violation.cycle ?? violation.via;
    const path = via === undefined ? [violation.to] : via.map((step) => step.name);
    // An orphan is reported as leading to itself.
    const chain = path.length === 1 && path[0] === violation.from ? [violation.from] : [violation.from, ...path];
    return `${violation.rule.name}: ${chain.join(' → ')}`;
  });
  if (modules === 0)
    return {
      modules,
      violations: ['no module was found below src: nothing has been checked'],
    };
  return { modules, violations: [...new Set(violations)].sort() };
}
