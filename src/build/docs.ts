/**
 * Job: `npm run docs`: write what is generated from the sources: media/docs, and the tables of README.md between their markers.
 * Boundary: the prose of the README is written by hand; a test fails when anything here is stale.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandsTable, settingsReference, settingsTable, type Manifest } from './manifestReference.ts';
import { exampleCase, exampleTask, policyReference, taskReference } from './taskReference.ts';

/** Every generated document by its path, as it should be. Throws when the README lacks a marker. */
export function documents(root: string): ReadonlyMap<string, string> {
  const read = (name: string): string => readFileSync(join(root, name), 'utf8');
  const manifest = JSON.parse(read('package.json')) as Manifest;
  const sections: Readonly<Record<string, string>> = {
    task: `\`\`\`jsonc\n${exampleTask}\n\`\`\``,
    case: `\`\`\`json\n${exampleCase}\n\`\`\``,
    settings: settingsTable(manifest),
    commands: commandsTable(manifest),
    conformance: conformanceMatrix(root),
  };
  const readme = Object.entries(sections).reduce((text, [name, body]) => between(text, name, body), read('README.md'));
  return new Map([
    ['media/docs/task-file.md', taskReference()],
    ['media/docs/policy.md', policyReference()],
    ['media/docs/settings.md', settingsReference(manifest)],
    ['media/docs/checkpoints.md', checkpointCases(root)],
    ['media/docs/sandbox.md', attackTable(root)],
    ['README.md', readme],
  ]);
}

/** The text with `body` between `<!-- NAME -->` and `<!-- /NAME -->`. */
function between(text: string, name: string, body: string): string {
  const [open, close] = [`<!-- ${name}: by npm run docs -->`, `<!-- /${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`README.md lacks the markers "${open}" and "${close}"`);
  return `${text.slice(0, start + open.length)}\n\n${body}\n\n${text.slice(end)}`;
}

/** What the providers pass now: the conformance suite is run, on loopback. Throws when one fails. */
function conformanceMatrix(root: string): string {
  const script = join(root, 'test', 'conformance', 'main.ts');
  const output = execFileSync(process.execPath, [script, 'models', '--markdown'], { cwd: root, encoding: 'utf8' });
  return output.replace(/\n\{"name":"conformance".*\n$/, '');
}

/** What checkpoints are tested for; the cases themselves take minutes and are not performed here. */
function checkpointCases(root: string): string {
  const script = join(root, 'test', 'cases', 'main.ts');
  return execFileSync(process.execPath, [script, 'checkpoint', '--table'], { cwd: root, encoding: 'utf8' });
}

/** What is attacked and what stops it; the attacks themselves are `npm run attack`. */
function attackTable(root: string): string {
  const script = join(root, 'test', 'attack', 'main.ts');
  return execFileSync(process.execPath, [script, '--table'], { cwd: root, encoding: 'utf8' });
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..', '..');
  for (const [path, text] of documents(root)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
