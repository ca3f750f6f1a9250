/** Job: where the stories tell what they looked at, for the figures. */
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** A file a story. */
export const toldDir = join(root, 'out', 'stories');
/** Set in the environment by `--update-pictures`. */
export const updateFlag = 'BELAY_UPDATE_PICTURES';

export interface Told {
  readonly pictures: number;
  readonly axeViolations: readonly string[];
}
