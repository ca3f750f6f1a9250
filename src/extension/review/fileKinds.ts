/**
 * Job: what kind of file a change is in: one to look at first and why, generated, or one that no text diff can show.
 * Boundary: pure; by path, kind of change and sizes. What only the content tells (a new dependency) is dependencies.ts's.
 * Source of the generated paths: the rules of github-linguist (generated.rb, vendor.yml), cut to what a rebuild meets.
 */
import type { ChangedFile } from '../../protocol/messages.ts';
import { formatCounted } from '../../run/forDisplay.ts';

export const textDiffBytesMost = 1_000_000;
export const textDiffLinesMost = 20_000;

const lockFiles = new Set([
  'Cargo.lock',
  'Gemfile.lock',
  'Package.resolved',
  'Pipfile.lock',
  'bun.lock',
  'bun.lockb',
  'composer.lock',
  'cpanfile.snapshot',
  'deno.lock',
  'flake.lock',
  'go.sum',
  'go.work.sum',
  'gradle.lockfile',
  'mix.lock',
  'npm-shrinkwrap.json',
  'package-lock.json',
  'pdm.lock',
  'pnpm-lock.yaml',
  'poetry.lock',
  'uv.lock',
  'yarn.lock',
]);
const generatedFolders =
  /(^|\/)(node_modules|bower_components|vendor|dist|build|out|target|blib|coverage|__pycache__|\.next|\.gradle|Pods)\//;
const generatedNames =
  /(\.min\.(js|css)|\.(js|css)\.map|\.(pyc|pyo|o|obj|class|a|so|dll|exe)|\.pb\.(go|cc|h)|_pb2(_grpc)?\.pyi?|\.g\.dart|\.designer\.cs)$/i;
const minifiable = /\.(js|mjs|cjs|css)$/i;
/** Bytes a line above which linguist calls a script minified. */
const minifiedLineBytes = 110;

export function isGenerated(file: ChangedFile): boolean {
  const { path, change, afterBytes, added } = file;
  if (lockFiles.has(nameOf(path)) || generatedFolders.test(path) || generatedNames.test(path)) return true;
  return (
    change === 'added' && minifiable.test(path) && (afterBytes ?? 0) > minifiedLineBytes * Math.max(10, added ?? 0)
  );
}

const dependencyNames =
  /^(go\.mod|package\.json|Cargo\.toml|pyproject\.toml|setup\.(py|cfg)|Pipfile|Gemfile|cpanfile|composer\.json|mix\.exs|pom\.xml|build\.gradle(\.kts)?|conanfile\.(txt|py)|vcpkg\.json|requirements[\w.-]*\.(txt|in)|[\w.-]+\.(csproj|gemspec|cabal))$/;
const configNames =
  /^(belay\.json|Makefile|GNUmakefile|CMakeLists\.txt|Dockerfile|Containerfile|Jenkinsfile|meson\.build|configure(\.ac)?|tsconfig[\w.-]*\.json|\.env[\w.-]*|\.[\w-]+rc(\.\w+)?|\.git(ignore|attributes|modules)|\.editorconfig|[\w.-]+\.(ya?ml|toml|ini|cfg|conf))$/;
const configFolders = /(^|\/)\.(github|gitlab|circleci|vscode|cargo|config)\//;
const testFolders = /(^|\/)(tests?|t|specs?|__tests__|testdata|fixtures)\//;
const testNames = /(_test\.\w+|\.(test|spec)\.\w+|\.t)$|(^|\/)test_[^/]+$/;

export function isDependencyList(path: string): boolean {
  return dependencyNames.test(nameOf(path));
}

/** Why this file is to be looked at before the others, in a few words; null: as any other. */
export function whyFirst(file: ChangedFile): string | null {
  const { path, change, version, removed = 0 } = file;
  const isTest = testFolders.test(path) || testNames.test(path);
  if (change === 'deleted') return isTest ? 'test deleted' : 'deleted';
  if (version?.startsWith('symlink')) return 'link';
  if (isDependencyList(path)) return change === 'added' ? 'dependencies, new' : 'dependencies';
  if (isTest) return removed > 0 ? `test, ${formatCounted(removed, 'line')} removed` : 'test';
  if (nameOf(path) === 'belay.json') return 'the task itself';
  return configNames.test(nameOf(path)) || configFolders.test(path) ? 'config' : null;
}

const imageNames = /\.(png|jpe?g|gif|webp|bmp|ico|avif)$/i;

/** Why a text diff would not do, in a few words; null: it does. */
export function whyNoText(file: ChangedFile): 'image' | 'binary' | 'over 1 MB' | 'over 20,000 lines' | null {
  const { path, binary, beforeBytes, afterBytes, added = 0, removed = 0 } = file;
  if (binary) return imageNames.test(path) ? 'image' : 'binary';
  if (Math.max(beforeBytes ?? 0, afterBytes ?? 0) > textDiffBytesMost) return 'over 1 MB';
  return Math.max(added, removed) > textDiffLinesMost ? 'over 20,000 lines' : null;
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** '' at the top. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
