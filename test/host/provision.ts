// Job: make this machine ready to run and test Belay; say what is missing, and install it where that is allowed.
// Boundary: Debian packages through apt-get, the test host through npm. Nothing else on the machine is touched.
//
//   node test/host/provision.ts run    what a run needs: bubblewrap, git, perl
//   node test/host/provision.ts demo   the same, with cmark, which the demo rebuilds
//   node test/host/provision.ts ui     what a run needs, with Chromium and the code-server test host
//   node test/host/provision.ts test   everything that the tests need
//
// As root it installs what is missing and names it. Anybody else gets the one command to run, and exit code 1.

import { existsSync } from 'node:fs';
import { debianPackagesFor, installDebianPackages, missingPrograms, type Program } from './debianPackages.ts';

const groups = ['run', 'demo', 'ui', 'test'] as const;
type Group = (typeof groups)[number];

function parseGroup(text: string | undefined): Group {
  const group = groups.find((name) => name === (text ?? 'test'));
  if (group === undefined) {
    throw new Error(`there is no group "${text ?? ''}": use one of ${groups.join(', ')}`);
  }
  return group;
}

const run: readonly Program[] = ['bwrap', 'git', 'perl'];

const programsOf: Record<Group, readonly Program[]> = {
  run,
  demo: [...run, 'cmark'],
  ui: [...run, 'chromium'],
  test: [...run, 'cmark', 'chromium'],
};

/** What somebody without root, or on another system, has to do by hand. */
function advice(missing: readonly Program[]): string {
  const packages = debianPackagesFor(missing).join(' ');
  if (process.platform === 'linux' && existsSync('/usr/bin/apt-get')) {
    return `Missing: ${missing.join(', ')}. Run this once, then try again:\n\n  sudo apt-get install -y --no-install-recommends ${packages}\n`;
  }
  return (
    `Missing on the PATH: ${missing.join(', ')}. This is not a Debian system, so install them with its own ` +
    `package manager (Debian calls the packages ${packages}), then try again.`
  );
}

async function provisionPrograms(group: Group): Promise<void> {
  const missing = missingPrograms(programsOf[group]);
  if (missing.length === 0) return;
  const isDebian = process.platform === 'linux' && existsSync('/usr/bin/apt-get');
  if (!isDebian || process.getuid?.() !== 0) throw new Error(advice(missing));
  await installDebianPackages(debianPackagesFor(missing));
  const left = missingPrograms(programsOf[group]);
  if (left.length > 0) throw new Error(`apt-get reported success, but these are still missing: ${left.join(', ')}`);
}

async function provisionTestHost(): Promise<void> {
  // Loaded here only: the usual case, nothing to do, must stay fast.
  const { codeServerState, installCodeServer } = await import('./codeServer.ts');
  const state = codeServerState();
  if (state === 'ready') return;
  if (state === 'unsupported') {
    console.log('No code-server host for this system: the extension tests download VS Code instead.');
    return;
  }
  await installCodeServer();
}

async function main(): Promise<void> {
  const group = parseGroup(process.argv[2]);
  await provisionPrograms(group);
  if (group === 'ui' || group === 'test') await provisionTestHost();
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
