// Job: a choice from VS Code's context menu.
// Boundary: VS Code's own markup.

import type { Locator } from 'playwright-core';
import type { Workbench } from './workbench.ts';

/**
 * Right-clicks and chooses. VS Code's menus take no click in their first moments, so that the click that opens one chooses
 * nothing: hence the keyboard. @param look at the open menu
 */
export async function choose(
  { page }: Workbench,
  at: Locator,
  item: string,
  look?: () => Promise<unknown>,
): Promise<void> {
  await at.click({ button: 'right' });
  const entry = page.getByRole('menuitem', { name: item });
  await entry.waitFor();
  await look?.();
  await entry.hover();
  await page.keyboard.press('Enter');
}
