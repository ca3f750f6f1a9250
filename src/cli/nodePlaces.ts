/**
 * Job: where the command line looks for the Node of an engine.
 * Boundary: names places; client/nodeForEngine tries them.
 */
import { fileURLToPath } from 'node:url';
import type { NodePlaces } from '../client/nodeForEngine.ts';

/**
 * The Node that runs the command line, BELAY_NODE, PATH, then the one of a checkout.
 * @param folder URL of the folder beside whose parent `node_modules` lies: `dist/` of a checkout
 */
export function nodePlacesOf(env: Readonly<Record<string, string | undefined>>, folder: URL): NodePlaces {
  return {
    ownFirst: true,
    configured: env['BELAY_NODE'] ?? '',
    beside: fileURLToPath(new URL('../node_modules/.bin/node', folder)),
    advice: 'set BELAY_NODE to the path of a Node 24',
  };
}
