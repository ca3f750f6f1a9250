// Job: the architecture stage of the gate: dependency rules and the manifest's menus, for the project itself.
// Boundary: prints and sets the exit code; the checks are in cruise.ts and menus.ts.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkDependencies } from './cruise.ts';
import { menuProblems, type Manifest } from './menus.ts';

const root = join(import.meta.dirname, '..', '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const { modules, violations } = await checkDependencies(root);
const problems = [...violations, ...menuProblems(manifest)];
for (const problem of problems) console.error(problem);
console.log(`${String(modules)} modules checked, ${String(problems.length)} problems`);
if (problems.length > 0) process.exitCode = 1;
