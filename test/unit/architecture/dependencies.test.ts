// The dependency rules, each shown to fail on a tree made to break it.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkDependencies } from '../../architecture/cruise.ts';

const projectRoot = join(import.meta.dirname, '..', '..', '..');
let root: string;

/** A tree that breaks no rule; what a test adds goes on top. */
const sound = {
  'src/base/text.ts': 'export const text = "";\n',
  'src/run/state.ts': 'import { text } from "../base/text.ts";\nexport const state = text;\n',
  'src/protocol/codec.ts': 'import { state } from "../run/state.ts";\nexport const codec = state;\n',
  'src/extension/extension.ts':
    'import type { Uri } from "vscode";\nimport { codec } from "../protocol/codec.ts";\nexport const uri = (u: Uri) => [u, codec];\n',
};

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** The names of the broken rules, once each. */
async function brokenRules(files: Readonly<Record<string, string>>): Promise<string[]> {
  write(files);
  const { violations } = await checkDependencies(root);
  return [...new Set(violations.map((line) => line.replace(/:.*/s, '')))];
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'belay-architecture-'));
  write({
    'package.json':
      '{"name":"tree","type":"module","dependencies":{"zod":"4.6.7"},"devDependencies":{"esbuild":"0.28.2","@types/vscode":"1.106.0"}}',
    'tsconfig.json':
      '{"compilerOptions":{"module":"preserve","moduleResolution":"bundler","allowImportingTsExtensions":true,"noEmit":true}}',
  });
  symlinkSync(join(projectRoot, 'node_modules'), join(root, 'node_modules'));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('dependency rules', () => {
  it('passes a sound tree and counts its modules', async () => {
    write(sound);
    expect(await checkDependencies(root)).toEqual({
      modules: 4,
      violations: [],
    });
  });

  it('fails when there is nothing to check', async () => {
    mkdirSync(join(root, 'src'));
    expect(await checkDependencies(root)).toEqual({
      modules: 0,
      violations: ['no module was found below src: nothing has been checked'],
    });
  });

  it.each([
    ['base', 'run/state.ts'],
    ['run', 'protocol/codec.ts'],
    ['protocol', 'extension/extension.ts'],
    ['engine', 'extension/extension.ts'],
    ['webview', 'extension/extension.ts'],
    ['language', 'extension/extension.ts'],
    ['cli', 'extension/extension.ts'],
    ['client', 'extension/extension.ts'],
  ])('refuses an import out of %s into %s', async (layer, target) => {
    const added = {
      [`src/${layer}/added.ts`]: `import * as other from "../${target}";\nexport const added = other;\n`,
    };
    expect(await brokenRules({ ...sound, ...added })).toContain(`layer-${layer}`);
  });

  it('refuses a type-only import against the layers too', async () => {
    const added = {
      'src/base/added.ts': 'import type { state } from "../run/state.ts";\nexport type Added = typeof state;\n',
    };
    expect(await brokenRules({ ...sound, ...added })).toEqual(['layer-base']);
  });

  it.each(['with', 'without'])('refuses vscode outside the extension, %s the types installed', async (types) => {
    if (types === 'without') rmSync(join(root, 'node_modules'));
    const added = {
      'src/engine/main.ts':
        'import { window } from "vscode";\nimport { text } from "../base/text.ts";\nexport const main = [window, text];\n',
    };
    expect(await brokenRules({ ...sound, ...added })).toEqual(['vscode-only-in-extension']);
  });

  it.each(['node:fs', 'fs', 'node:sqlite'])('refuses %s in a pure layer', async (name) => {
    const added = {
      'src/run/added.ts': `import * as core from "${name}";\nexport const added = core;\n`,
    };
    expect(await brokenRules({ ...sound, ...added })).toContain('pure-layers-without-node');
  });

  it('H1: refuses a road from the model side to the held-out side, however long', async () => {
    const added = {
      'src/run/heldOutReport.ts': 'export const report = "";\n',
      'src/run/between.ts': 'export { report } from "./heldOutReport.ts";\n',
      'src/engine/agent/tools.ts': 'import { report } from "../../run/between.ts";\nexport const tools = report;\n',
    };
    expect(await brokenRules({ ...sound, ...added })).toEqual(['H1-model-side-never-reaches-held-out']);
    const { violations } = await checkDependencies(root);
    expect(violations.join('\n')).toContain('src/engine/agent/tools.ts');
  });

  it('H1: lets effects see both sides', async () => {
    const added = {
      'src/engine/verification/cases.ts': 'export const cases = "";\n',
      'src/engine/agent/tools.ts': 'export const tools = "";\n',
      'src/engine/effects/verify.ts':
        'import { cases } from "../verification/cases.ts";\nimport { tools } from "../agent/tools.ts";\nexport const verify = [cases, tools];\n',
    };
    expect(await brokenRules({ ...sound, ...added })).toEqual([]);
  });

  it('refuses a cycle, an orphan, a lost import, an unknown layer and an undeclared package', async () => {
    const added = {
      'src/run/a.ts': 'import { b } from "./b.ts";\nexport const a = () => b;\n',
      'src/run/b.ts': 'import { a } from "./a.ts";\nexport const b = () => a;\n',
      'src/run/alone.ts': 'export const alone = 1;\n',
      'src/cli/lost.ts': 'import { nothing } from "./nowhere.ts";\nexport const lost = nothing;\n',
      'src/helpers/x.ts': 'import { text } from "../base/text.ts";\nexport const x = text;\n',
      'src/cli/tool.ts': 'import { build } from "esbuild";\nexport const tool = build;\n',
    };
    expect((await brokenRules({ ...sound, ...added })).sort()).toEqual(
      ['no-cycles', 'no-orphans', 'no-unresolvable', 'no-undeclared-packages', 'unknown-layer'].sort(),
    );
  });

  it("keeps the engine's parts out of effects, loop and main", async () => {
    const added = {
      'src/engine/loop.ts': 'export const loop = 1;\n',
      'src/engine/journal/journal.ts': 'import { loop } from "../loop.ts";\nexport const journal = loop;\n',
    };
    expect(await brokenRules({ ...sound, ...added })).toEqual(['engine-parts-meet-in-effects']);
  });
});
