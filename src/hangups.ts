import { constants, fstatSync, readFileSync, readlinkSync } from 'node:fs';
import { isatty } from 'node:tty';

/**
 * Whether whoever started this process meant it to outlive its terminal (`nohup`, `trap '' HUP`). A program keeps such a
 * wish by leaving the signal as it finds it, but Node has set it back to its default before a line of ours runs: what is
 * left to see is what nohup does to stdin, what the parent ignores itself, and that nothing here is a terminal's any more.
 */
export function outlivesTerminal(): boolean {
  return nohupStdin() || parentIgnoresHangups() || (![0, 1, 2].some(isatty) && isFile(1) && isFile(2));
}

/** nohup puts /dev/null in the place of a terminal on stdin, opened for writing, so that reading fails. */
function nohupStdin(): boolean {
  try {
    const [, flags = '2'] = /^flags:\s*(\d+)/m.exec(readFileSync('/proc/self/fdinfo/0', 'utf8')) ?? [];
    const writeOnly = (Number.parseInt(flags, 8) & 3) === constants.O_WRONLY;
    return writeOnly && readlinkSync('/proc/self/fd/0') === '/dev/null';
  } catch {
    return false;
  }
}

/** A child inherits what its parent ignores. SIGHUP is 1: the lowest bit. */
function parentIgnoresHangups(): boolean {
  try {
    const [, ignored = '0'] = /^SigIgn:\s*([\da-f]+)/m.exec(readFileSync(`/proc/${process.ppid}/status`, 'utf8')) ?? [];
    return (Number.parseInt(ignored.slice(-1), 16) & 1) === 1;
  } catch {
    return false;
  }
}

/** A log, or /dev/null: nobody sees it. A pipe has a reader who may hang up. */
function isFile(descriptor: number): boolean {
  try {
    const stat = fstatSync(descriptor);
    return stat.isFile() || stat.isCharacterDevice();
  } catch {
    return false;
  }
}
