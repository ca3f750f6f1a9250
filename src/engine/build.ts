/** Job: what this engine is: its version, and the digest under which its bundle was copied. */
import { basename, dirname } from 'node:path';

/** Set by the bundler; absent when the sources run as they are. */
declare const BELAY_VERSION: string | undefined;

export const belayVersion = typeof BELAY_VERSION === 'string' ? BELAY_VERSION : '0.0.0-source';

/** The name of the folder that the bundle runs from, `<state>/engines/<digest>`; "source" outside one. */
export function engineDigest(): string {
  const folder = basename(import.meta.dirname);
  return /^[0-9a-f]{16,64}$/.test(folder) ? folder : 'source';
}

/** The bundle's file beside this one, or the source that it is made of. */
export function besideEngine(bundle: string, source: string): string {
  return import.meta.filename.endsWith('.ts')
    ? `${import.meta.dirname}/${source}`
    : `${dirname(import.meta.filename)}/${bundle}`;
}
