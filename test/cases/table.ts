/** Job: the table of the documentation: each case, and what Belay does. */
import type { Case } from './case.ts';

const head = `# What a checkpoint covers, case by case

Each of these is performed by \`npm run cases -- checkpoint\` on a real file system with real git: a run changes files, is
rolled back, the rollback is taken back, and both once more. After each move the whole tree (path, type, mode, bytes) is
compared with what it was, every checkpoint is written out and compared as well, and everything in your \`.git\` has to
be the same files with the same bytes and times.
`;

export function table(cases: Readonly<Record<string, readonly Case[]>>): string {
  const parts = Object.entries(cases).map(([title, all]) => {
    const rows = all.map(({ name, does }) => `| ${cell(capital(name))} | ${cell(does)} |`);
    return `\n## ${title}\n\n| case | what Belay does |\n|---|---|\n${rows.join('\n')}\n`;
  });
  return `${head}${parts.join('')}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\*(?=[.\s])/g, '\\*');
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
