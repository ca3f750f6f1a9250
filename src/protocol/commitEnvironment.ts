/**
 * Job: what hooks and signing need of the session of whoever asks for a commit.
 * Boundary: names only; an engine may be weeks older than the agent of the keys that answers now.
 */
const names: ReadonlySet<string> = new Set([
  'PATH',
  'LANG',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XDG_RUNTIME_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
  'SSH_AUTH_SOCK',
  'SSH_AGENT_PID',
  'GNUPGHOME',
  'GPG_TTY',
  'GPG_AGENT_INFO',
  'EMAIL',
  'GIT_AUTHOR_NAME',
  'GIT_AUTHOR_EMAIL',
  'GIT_COMMITTER_NAME',
  'GIT_COMMITTER_EMAIL',
]);

export function commitEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((pair): pair is [string, string] => names.has(pair[0]) && pair[1] !== undefined),
  );
}
