// Job: what axe finds wrong on a fixture page.

import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

/** A paragraph for each violation; empty where there is none. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  // In this page, not in a blank one of its own: there are no frames here, and another page would take the foreground.
  const axe = new AxeBuilder({ page }).setLegacyMode(true);
  const result = await axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']).analyze();
  return result.violations.map(({ id, help, nodes }) => {
    const where = nodes.map((node) => `${node.target.flat().join(' ')}: ${node.failureSummary ?? ''}`).slice(0, 3);
    return `${id}: ${help}\n    ${where.join('\n    ')}`;
  });
}
