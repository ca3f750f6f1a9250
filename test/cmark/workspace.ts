/**
 * Job: makes the workspace of the cmark task: `belay.json`, the specification without held-out examples, visible cases,
 * a repository with one commit and an untracked note of the supervisor's; the held-out suite goes to a folder outside.
 * Boundary: writes only below the two folders given; what it holds is from `cases.ts`.
 * Rules: H1, H2: nothing held out lies in the workspace or in its repository.
 */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { canaryCases, referenceCommand, specDocument, splitCases, suiteText } from './cases.ts';

/** Shape of `belay.json`'s limits: `{ soft?, hard? }` each. */
export interface WorkspaceLimit {
  readonly soft?: number;
  readonly hard?: number;
}

export interface CmarkWorkspaceOptions {
  /** A folder outside the workspace; made if missing. */
  readonly heldOutDir: string;
  /** The endpoint with its `/v1`. */
  readonly modelUrl: string;
  readonly model?: string;
  /** Dollars per million tokens. */
  readonly price?: { readonly input: number; readonly cachedInput?: number; readonly output: number };
  readonly maxOutputTokens?: number;
  readonly budget?: Readonly<Partial<Record<'costUsd' | 'tokens' | 'wallHours' | 'steps', WorkspaceLimit>>>;
  readonly gates?: { readonly everySteps?: number; readonly everyUsd?: number; readonly visibleRegression?: number };
  readonly sandbox?: Readonly<Record<string, unknown>>;
  readonly reference?: readonly string[];
  /** false: a workspace without a repository. */
  readonly git?: boolean;
  /** Merged over the task file's keys, to make faulty ones. */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

export interface CmarkWorkspace {
  readonly dir: string;
  readonly taskFile: string;
  readonly specFile: string;
  readonly visibleFile: string;
  readonly heldOutFile: string;
  /** Untracked, the supervisor's own. */
  readonly noteFile: string;
}

export const defaultModel = 'loopback-rebuilder';

export async function createCmarkWorkspace(dir: string, options: CmarkWorkspaceOptions): Promise<CmarkWorkspace> {
  const paths: CmarkWorkspace = {
    dir,
    taskFile: join(dir, 'belay.json'),
    specFile: join(dir, 'docs', 'spec.md'),
    visibleFile: join(dir, 'tests', 'visible.jsonl'),
    heldOutFile: join(resolve(options.heldOutDir), 'heldout.jsonl'),
    noteFile: join(dir, 'my-notes.txt'),
  };
  if (!relative(resolve(dir), paths.heldOutFile).startsWith('..')) {
    throw new Error(`The held-out folder ${options.heldOutDir} lies inside of the workspace ${dir}: give one outside.`);
  }
  const { visible, heldOut } = splitCases();
  const reference = options.reference ?? referenceCommand;
  await put(paths.heldOutFile, suiteText([...heldOut, ...canaryCases(referenceCommand)]));
  await put(paths.taskFile, `${JSON.stringify(taskFile(paths, reference, options), null, 2)}\n`);
  await put(paths.specFile, specDocument());
  await put(paths.visibleFile, suiteText(visible));
  await put(join(dir, 'README.md'), readme);
  if (options.git !== false) await commitAll(dir);
  await put(paths.noteFile, 'Mine: ask about entity names beyond HTML 4 on Friday.\n');
  return paths;
}

function taskFile(paths: CmarkWorkspace, reference: readonly string[], options: CmarkWorkspaceOptions): object {
  return {
    name: 'cmark → Perl',
    candidate: { language: 'perl', run: ['perl', 'cmark.pl'] },
    reference: { command: reference },
    docs: ['docs/spec.md'],
    suites: { visible: 'tests/visible.jsonl', heldOut: paths.heldOutFile },
    model: {
      provider: 'openai-compatible',
      baseUrl: options.modelUrl,
      name: options.model ?? defaultModel,
      price: options.price ?? { input: 3, cachedInput: 0.3, output: 15 },
      ...(options.maxOutputTokens === undefined ? {} : { maxOutputTokens: options.maxOutputTokens }),
    },
    budget: options.budget ?? { costUsd: { soft: 4, hard: 5 }, steps: { hard: 60 } },
    gates: options.gates ?? { everySteps: 10, visibleRegression: 3 },
    ...(options.sandbox === undefined ? {} : { sandbox: options.sandbox }),
    ...options.overrides,
  };
}

async function put(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

const run = promisify(execFile);

async function commitAll(dir: string): Promise<void> {
  const git = (...args: string[]) =>
    run('git', ['-C', dir, ...args], {
      env: { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
    });
  await git('init', '--quiet', '--initial-branch=main');
  await git('config', 'user.name', 'Supervisor');
  await git('config', 'user.email', 'supervisor@example.invalid');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'The task: rebuild cmark');
}

const readme = `# cmark, rebuilt in Perl

The task: a program \`cmark.pl\` that reads CommonMark on standard input and writes the HTML that \`cmark --unsafe\` writes,
byte for byte. Perl 5.36, core modules only.

- \`docs/spec.md\`: the CommonMark specification 0.30 (John MacFarlane, CC BY-SA 4.0), with part of its examples.
- \`tests/visible.jsonl\`: cases, one JSON object a line.
- \`belay.json\`: the task file.
`;
