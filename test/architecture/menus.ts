// Job: keep the manifest to what stable VS Code offers. A proposed menu works in a lax test host and is missing on a desktop.
// Boundary: looks at package.json's contributions only.

/** Menus of stable VS Code that Belay has a use for; each was seen on the strict host. */
const stableMenus = new Set([
  'commandPalette',
  'comments/commentThread/context',
  'comments/commentThread/title',
  'comments/comment/context',
  'comments/comment/title',
  'editor/context',
  'editor/lineNumber/context',
  'editor/title',
  'editor/title/context',
  'explorer/context',
  'scm/change/title',
  'scm/repository',
  'scm/resourceFolder/context',
  'scm/resourceGroup/context',
  'scm/resourceState/context',
  'scm/sourceControl',
  'scm/title',
  'testing/item/context',
  'testing/message/content',
  'testing/message/context',
  'view/item/context',
  'view/title',
  'webview/context',
]);

export interface Manifest {
  readonly enabledApiProposals?: unknown;
  readonly contributes?: {
    readonly menus?: Readonly<Record<string, unknown>>;
    readonly submenus?: readonly { readonly id: string }[];
  };
}

/** One sentence for each contribution that a desktop VS Code would refuse. */
export function menuProblems(manifest: Manifest): string[] {
  const problems: string[] = [];
  if (manifest.enabledApiProposals !== undefined) {
    problems.push('package.json asks for enabledApiProposals: a published extension gets none');
  }
  const own = new Set(manifest.contributes?.submenus?.map((submenu) => submenu.id));
  for (const id of Object.keys(manifest.contributes?.menus ?? {})) {
    if (stableMenus.has(id) || own.has(id)) continue;
    problems.push(`package.json contributes to the menu "${id}", which is not on the list of stable menus (menus.ts)`);
  }
  return problems;
}
