// Job: what the window looked like when a test went wrong, as out/screenshots/failed-….png.

import type { TestContext } from 'vitest';
import type { Workbench } from '../host/workbench.ts';

/** For a `beforeEach`. @param workbench asked when the test has failed: a test may open another window */
export function screenshotWhenFailed(
  { task, onTestFailed }: Pick<TestContext, 'task' | 'onTestFailed'>,
  workbench: () => Workbench,
): void {
  onTestFailed(async () => {
    await workbench().screenshot(`failed-${task.name.replace(/[^a-z0-9]+/gi, '-').slice(0, 40)}`);
  });
}
