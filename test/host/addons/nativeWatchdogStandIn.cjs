// Stands in for @vscode/native-watchdog in the test host: see replaceNativeAddons in ../codeServer.ts.
exports.start = function () {};
exports.exit = function (code) {
  process.exit(code || 0);
};
