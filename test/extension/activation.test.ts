// The extension as VS Code sees it: there, and built on stable API only.

import { strictEqual, throws, notStrictEqual } from 'node:assert';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';

describe('activation', () => {
  it('finds the extension', () => {
    notStrictEqual(vscode.extensions.getExtension('belay.belay'), undefined);
  });

  it('runs on a host that refuses proposed API', () => {
    // The member is a proposal in every VS Code so far; on a lax host this call would just work.
    const window = vscode.window as unknown as {
      registerQuickDiffProvider: (...args: unknown[]) => unknown;
    };
    throws(
      () => window.registerQuickDiffProvider({ scheme: 'file' }, {}, 'id', 'label'),
      /CANNOT use API proposal: quickDiffProvider/,
    );
    strictEqual(vscode.extensions.getExtension('belay.belay')?.packageJSON.enabledApiProposals, undefined);
  });
});
