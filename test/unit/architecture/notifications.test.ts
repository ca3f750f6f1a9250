// The lint rule that keeps words of a run out of notifications, unless they come through src/extension/notify.ts.
import { ESLint, Linter } from 'eslint';
import { expect, it } from 'vitest';

const eslint = new ESLint({ overrideConfigFile: 'test/lint/eslint.config.js' });

async function problems(file: string, code: string): Promise<number> {
  const config = (await eslint.calculateConfigForFile(file)) as { rules: Linter.RulesRecord };
  const rule = config.rules['no-restricted-syntax'] ?? 'off';
  return new Linter().verify(code, { rules: { 'no-restricted-syntax': rule } }).length;
}

it.each([
  'vscode.window.showInformationMessage(gate.reason)',
  "vscode.window['showErrorMessage'](gate.reason)",
  'const { showWarningMessage } = vscode.window',
])('refuses %s everywhere but in notify.ts', async (code) => {
  expect(await problems('src/extension/commands/start.ts', code)).toBeGreaterThan(0);
  expect(await problems('src/extension/views/gateToast.ts', code)).toBeGreaterThan(0);
  expect(await problems('src/extension/notify.ts', code)).toBe(0);
});

it('lets the rest of the window alone', async () => {
  expect(await problems('src/extension/commands/start.ts', 'vscode.window.showQuickPick(items)')).toBe(0);
});
