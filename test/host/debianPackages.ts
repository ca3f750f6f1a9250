// Job: which programs are missing, which Debian packages bring them, and their installation with visible progress.
// Boundary: runs apt-get (as root only). Knows nothing of npm or of the test host.

import { spawn } from 'node:child_process';
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const packageOf = {
  bwrap: 'bubblewrap',
  git: 'git',
  cmark: 'cmark',
  perl: 'perl',
  chromium: 'chromium',
} as const;

export type Program = keyof typeof packageOf;

/** True when `program` is an executable file in one of the folders of `searchPath` (PATH's own syntax). */
export function isOnPath(program: string, searchPath = process.env['PATH'] ?? ''): boolean {
  return searchPath.split(delimiter).some((folder) => folder !== '' && isExecutable(join(folder, program)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Absent, unreadable or not executable: for this question all the same.
    return false;
  }
}

export function missingPrograms(programs: readonly Program[]): Program[] {
  const chromium = process.env['CHROMIUM'];
  return programs.filter((program) =>
    program === 'chromium' && chromium !== undefined ? !isExecutable(chromium) : !isOnPath(program),
  );
}

/** Package names for programs. Chromium over TLS and git need the certificates, which nothing else pulls in. */
export function debianPackagesFor(programs: readonly Program[]): string[] {
  const packages: string[] = programs.map((program) => packageOf[program]);
  if (programs.includes('git') || programs.includes('chromium')) packages.push('ca-certificates');
  return packages;
}

/**
 * Installs packages as root. Throws an Error that holds the end of apt's own output when apt-get fails.
 * The package lists are fetched when there are none, and once more when they turn out to be too old.
 */
export async function installDebianPackages(packages: readonly string[]): Promise<void> {
  console.log(`Installing ${packages.join(', ')} (Debian packages) …`);
  const startedAt = performance.now();
  let updated = false;
  if (!hasPackageLists()) {
    await aptGet(['update']);
    updated = true;
  }
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  try {
    await aptGet(install);
  } catch (error) {
    // Old lists name versions that the mirror no longer has. Fresh lists are the cure; they can't be the cause.
    if (updated) throw error;
    console.log('  the package lists may be out of date: fetching them again');
    await aptGet(['update']);
    await aptGet(install);
  }
  console.log(`  done in ${seconds(startedAt)} s`);
}

function hasPackageLists(): boolean {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => name.includes('_Packages'));
  } catch {
    // No folder means no lists.
    return false;
  }
}

function seconds(startedAt: number): string {
  return ((performance.now() - startedAt) / 1000).toFixed(0);
}

function aptGet(args: readonly string[]): Promise<void> {
  const options = ['-q', '-o', 'Dpkg::Use-Pty=0', '-o', 'Acquire::Retries=3', '-o', 'DPkg::Lock::Timeout=300'];
  const command = ['apt-get', ...args].join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn('apt-get', [...options, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    });
    const lines: string[] = [];
    const showLine = progressReporter();
    const take = (chunk: string): void => {
      for (const line of chunk.split('\n')) {
        if (line.trim() === '') continue;
        lines.push(line);
        if (lines.length > 30) lines.shift();
        showLine(line);
      }
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.once('error', (error) => {
      reject(new Error(`could not start apt-get: ${error.message}`));
    });
    child.once('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(`${command} failed (exit code ${String(code)}). The end of its output:\n  ${lines.join('\n  ')}`),
        );
    });
  });
}

/** One line at most every two seconds, with counts once apt has said how many packages there are. */
function progressReporter(): (line: string) => void {
  let total = '?';
  const counts = { fetched: 0, unpacked: 0, 'set up': 0 };
  let shownAt = performance.now();
  return (line) => {
    const announced = /(\d+) newly installed/.exec(line)?.[1];
    if (announced !== undefined) {
      total = announced;
      console.log(`  ${total} packages with what they depend on`);
    }
    let what: keyof typeof counts;
    if (line.startsWith('Get:')) what = 'fetched';
    else if (line.startsWith('Unpacking ')) what = 'unpacked';
    else if (line.startsWith('Setting up ')) what = 'set up';
    else return;
    counts[what] += 1;
    if (performance.now() - shownAt < 2000) return;
    shownAt = performance.now();
    console.log(`  ${what} ${String(counts[what])}${total === '?' ? '' : ` of ${total}`}`);
  };
}
