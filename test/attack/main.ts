/**
 * Job: `npm run attack`: every attack as this user and as an unprivileged one, then every part of the profile taken away in
 * turn; its last line is `{"name": "attack", "figures": {…}}`.
 *   `--table` prints the table of the documentation and attacks nothing.
 * Boundary: exit 1 where something came through that must not, or a sabotage went unnoticed.
 */
import type { SandboxCheck } from '../../src/run/sandboxCheck.ts';
import { check, uncaught, unprivileged, type Prefix } from './attempts.ts';
import { sabotages } from './sabotages.ts';
import { attackTable } from './table.ts';

const tell = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<number> {
  const other = unprivileged();
  const users: (readonly [name: string, prefix: Prefix])[] = [
    [process.getuid?.() === 0 ? 'root' : 'this user', []],
    ...(other === null ? [] : [['an unprivileged user', other] as const]),
  ];
  const checks: SandboxCheck[] = [];
  const proven = new Set<string>();
  let tried = 0;
  let caught = 0;
  for (const [user, prefix] of users) {
    const result = await check({ prefix });
    checks.push(result);
    for (const one of result.attacks.filter(({ outcome, expected }) => outcome !== expected || outcome === 'through'))
      tell(`${user}: ${one.outcome}: ${one.group}: ${one.name}${one.why === undefined ? '' : ` (${one.why})`}`);
    for (const reason of result.reasons) tell(`${user}: not sealed: ${reason}`);
    for (const sabotage of sabotages) {
      if (sabotage.rootOnly && (prefix.length > 0 || process.getuid?.() !== 0)) continue;
      tried += 1;
      const missed = await uncaught(sabotage, prefix);
      for (const name of sabotage.caughtBy) if (!missed.includes(name)) proven.add(name);
      if (missed.length < sabotage.caughtBy.length) caught += 1;
      else tell(`${user}: ${sabotage.name}: went unnoticed`);
    }
  }
  const named = new Set(sabotages.flatMap(({ caughtBy }) => caughtBy));
  for (const name of named) if (!proven.has(name)) tell(`came through for nobody, whatever was taken away: ${name}`);
  const all = checks.flatMap(({ attacks }) => attacks);
  const count = (outcome: string) => all.filter((one) => one.outcome === outcome).length;
  const silentLeaks = all.filter((one) => one.outcome === 'through' && one.expected !== 'through').length;
  const figures = {
    attempts: all.length,
    users: users.length,
    blocked: count('blocked'),
    flagged: count('flagged'),
    mountNames: count('through') - silentLeaks,
    notTried: count('not tried'),
    silentLeaks,
    selfTestSabotages: tried,
    selfTestSabotagesCaught: caught,
    attacksProven: proven.size,
  };
  console.log(JSON.stringify({ name: 'attack', figures }));
  return checks.every(({ passed }) => passed) && caught === tried ? 0 : 1;
}

if (process.argv.includes('--table')) process.stdout.write(attackTable());
else process.exitCode = await main();
