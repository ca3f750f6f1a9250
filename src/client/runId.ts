/**
 * Job: the id of a new run: short, sorts by time, fits a socket's path: `20261123-0640-7f3a` (UTC).
 * Boundary: pure; time and chance are given.
 */
export function newRunId(nowMs: number, random: () => number): string {
  const [date = '', time = ''] = new Date(nowMs).toISOString().split('T');
  const unique = Math.floor(random() * 0x10000)
    .toString(16)
    .padStart(4, '0');
  return `${date.replaceAll('-', '')}-${time.slice(0, 5).replace(':', '')}-${unique}`;
}

export const runIdPattern = /^\d{8}-\d{4}-[0-9a-f]{4}$/;
