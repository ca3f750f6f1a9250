// Job: `npm run sample:cases`: writes the two suites of the bundled sample from Debian's `ncal`.
// Boundary: `belay.json`, `docs/cal.md` and the recording beside them are kept by hand.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordedCases, sampleQuestions, sampleSuiteText } from './cases.ts';

const folder = join(import.meta.dirname, '..', '..', 'media', 'sample');
const { visible, heldOut } = sampleQuestions();
writeFileSync(join(folder, 'cal', 'tests', 'visible.jsonl'), sampleSuiteText(recordedCases(visible)));
writeFileSync(join(folder, 'held-out.jsonl'), sampleSuiteText(recordedCases(heldOut)));
console.log(`${String(visible.length)} visible cases, ${String(heldOut.length)} held-out cases`);
