'use strict';
// Job: who may import whom, as rules for dependency-cruiser; architecture.ts runs them.
// Boundary: paths are relative to the cruised root, so that the same rules can be tried on a made-up tree.
//
//   base ← run ← protocol ← client ← { extension | cli }
//                protocol ← { language | engine | webview }        build: the project's own bundler, imported by nobody

const layers = {
  base: [],
  run: ['base'],
  protocol: ['base', 'run'],
  client: ['base', 'run', 'protocol'],
  extension: ['base', 'run', 'protocol', 'client'],
  cli: ['base', 'run', 'protocol', 'client'],
  language: ['base', 'run', 'protocol'],
  engine: ['base', 'run', 'protocol'],
  webview: ['base', 'run', 'protocol'],
  build: ['base', 'run', 'protocol'],
};

const layerRules = Object.entries(layers).map(([layer, allowed]) => ({
  name: `layer-${layer}`,
  comment: `src/${layer} imports ${allowed.length === 0 ? 'no other layer' : `nothing of ours but ${allowed.join(', ')}`}`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: {
    path: '^(src|test)/',
    pathNot: `^src/(${[layer, ...allowed].join('|')})/`,
  },
}));

/** With @types/vscode installed the import resolves to a file of that package; without it, it stays the bare name. */
const vscodeModule = '^vscode$|(^|/)node_modules/@types/vscode/';

const modelSide = '^src/engine/(prompt|model|agent)/';
const heldOutSide = '^src/(engine/verification/|run/heldOut)';

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'unknown-layer',
      comment: 'every file of src belongs to a layer that this file names',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: `^src/(${Object.keys(layers).join('|')})/`,
      },
      to: {},
    },
    {
      name: 'vscode-only-in-extension',
      comment: 'the engine, the language server and the command line run without VS Code',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/extension/' },
      to: { path: vscodeModule },
    },
    {
      name: 'pure-layers-without-node',
      comment: 'base, run and protocol run in the engine, in the window and in the webview alike',
      severity: 'error',
      from: { path: '^src/(base|run|protocol|webview)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'engine-parts-meet-in-effects',
      comment: "the engine's parts know each other only through effects/, loop.ts and main.ts",
      severity: 'error',
      from: {
        path: '^src/engine/(journal|model|agent|prompt|workspace|checkpoint|verification|integrity|sandbox|provenance)/',
      },
      to: { path: '^src/engine/(effects/|loop\\.ts$|main\\.ts$)' },
    },
    {
      name: 'H1-model-side-never-reaches-held-out',
      comment:
        'H1: held-out cases are out of reach of whatever builds a request or serves the agent, also transitively',
      severity: 'error',
      from: { path: modelSide },
      to: { path: heldOutSide, reachable: true },
    },
    {
      name: 'H1-integrity-reads-no-suite-of-the-verifier',
      comment:
        'H1: what looks through the source is given the visible suite by its file, and no held-out one by any way',
      severity: 'error',
      from: { path: '^src/engine/integrity/' },
      to: { path: '^src/engine/verification/', reachable: true },
    },
    {
      name: 'no-cycles',
      comment: 'a cycle has no first module to read',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'a module that nobody imports and that imports nobody is dead, or its test is missing',
      severity: 'error',
      from: { orphan: true, pathNot: '\\.d\\.ts$' },
      to: {},
    },
    {
      name: 'no-unresolvable',
      comment: 'an import that leads nowhere',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^vscode$' },
    },
    {
      name: 'no-undeclared-packages',
      comment: 'what is shipped is a dependency in package.json; tools and types are not shipped',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/build/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        pathNot: '(^|/)node_modules/@types/',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(out|dist)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
