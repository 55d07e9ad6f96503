import { homedir, tmpdir, userInfo } from 'node:os';
import path from 'node:path';

/**
 * Where what can be fetched again is kept: `$XDG_CACHE_HOME/fmnist`, or what the platform has in its place. As the
 * specification has it, a relative $XDG_CACHE_HOME is no path at all (https://specifications.freedesktop.org/basedir).
 */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME: xdg = '', LOCALAPPDATA: local = '' } = process.env;
  if (process.platform === 'win32' && local !== '') return path.join(local, 'fmnist', 'Cache');
  if (process.platform === 'darwin') return path.join(home(), 'Library', 'Caches', 'fmnist');
  return path.isAbsolute(xdg) ? path.join(xdg, 'fmnist') : path.join(home(), '.cache', 'fmnist');
}

/** A user without HOME and without an entry in the system's list of users (`docker run --user 4711`) has none. */
function home(): string {
  try {
    return homedir();
  } catch {
    return path.join(tmpdir(), `fmnist-${numberOfUser()}`);
  }
}

function numberOfUser(): number {
  return process.getuid?.() ?? userInfo().uid;
}
