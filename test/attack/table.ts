/** Job: the attacks as the documentation lists them: what is tried, and what of Belay stops it. */
import { attackGroups } from '../../src/engine/selfTest/attack.ts';
import { allAttacks } from '../../src/engine/selfTest/selfTest.ts';

const head = `# How the agent is kept in

Every command of the agent, every build and every case runs in a sandbox of its own, made by bubblewrap: deny by default, only
what the task lists is there. **Belay: Check Sandbox** (\`belay check-sandbox\`) makes each of these attempts on your machine with
the agent's own tools and shows what came of it; where one comes through, runs there are NOT sealed and say so.

What is *flagged* can't be prevented but is found before it does harm: what a command makes that steers your editor or git
(\`.vscode\`, \`.devcontainer\`, \`.git\`) is moved into the run directory's \`quarantine\` when the command ends, the agent is told, and
the step says so. Whatever was not there before the command, and no window saved, counts as the command's, however old it looks.
What was there before is read-only to the agent, and in place of \`.git\` stands a repository of one commit, the folder as it was when the run began, for \`git status\` and \`git diff\`.

Not prevented, because no sandbox can: what the model knows by heart or a toolchain that you list can do; how busy the machine is;
the names of covered files in the table of mounts; that two cases which run at the same moment notice each other, by a lock on a
file of \`/usr\` for example, of which neither learns what is expected. No held-out case runs beside a command of the agent or a
visible case: each waits for the other. On Linux only; on macOS and Windows there is no sandbox yet, a run starts only
if you allow one without, and is NOT sealed.
`;

export function attackTable(): string {
  const sections = attackGroups.map((group) => {
    const rows = allAttacks.filter((one) => one.group === group);
    const lines = rows.map(({ name, stoppedBy, expected }) => `| ${name} | ${stoppedBy}${outcome[expected]} |`);
    return `\n## ${group}\n\n| attempt | what stops it |\n|---|---|\n${lines.join('\n')}\n`;
  });
  return head + sections.join('');
}

const outcome = { blocked: '', flagged: ' (flagged)', through: ' (known)' } as const;
