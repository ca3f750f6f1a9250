'use strict';
// Job: say in one sentence that Node 24 is missing, before anything that only Node 24 understands is loaded.
// package.json's scripts run it first: an old Node can't even read the .ts files to find a check in them.
// Boundary: plain CommonJS in the syntax of 2015, because any Node has to be able to run it. It changes nothing.
// Node 24 comes with `npm ci` as the package `node`; its install script links the binary into node_modules/.bin, which npm
// puts first on the PATH. An older Node here therefore means that install scripts were skipped.

var needed = 24;
var major = Number(process.versions.node.split('.')[0]);
if (major < needed) {
  console.error(
    'Belay needs Node ' +
      needed +
      ' or newer and this is Node ' +
      process.versions.node +
      ': run `npm ci` again without --ignore-scripts (it brings Node ' +
      needed +
      ' along), or put Node ' +
      needed +
      ' first on the PATH.',
  );
  process.exit(1);
}
