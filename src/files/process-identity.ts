import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import * as z from 'zod';
import { hasCode } from './errors.js';

export const processIdentitySchema = z.object({
  pid: z.int().positive(),
  host: z.string(),
  /** When it started, in ticks since the machine did; '' where the system does not tell. */
  started: z.string(),
  /** The machine's boot and the namespace that the number is of; what older versions wrote has none. */
  space: z.string().optional(),
  /** How many processes the system had killed for want of memory when this one wrote it; it tells nobody of its own. */
  memoryKills: z.int().nonnegative().optional(),
});

/** Names one process among all that ever ran, as far as the system lets it. */
export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

export function thisProcess(): ProcessIdentity {
  const kills = memoryKills();
  return {
    ...{ pid: process.pid, host: hostname(), started: startOf(process.pid) ?? '', space: numberSpace() },
    ...(kills !== undefined && { memoryKills: kills }),
  };
}

/** Whether the system has killed some process of this machine for want of memory since that one wrote who it was. */
export function mayHaveLackedMemory({ host, space, memoryKills: before }: ProcessIdentity): boolean {
  const boot = (text = '') => text.split(' ', 1)[0];
  const here = host === hostname() && boot(space) === boot(numberSpace());
  return here && before !== undefined && (memoryKills() ?? 0) > before;
}

/** Since the machine started, in all its containers; undefined where the system does not tell. */
function memoryKills(): number | undefined {
  try {
    const count = /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1];
    return count === undefined ? undefined : Number(count);
  } catch {
    return undefined;
  }
}

/**
 * Whether a process lives. Undefined where this process cannot know: on another machine, or in another container,
 * whose process numbers mean others here, even where both have one host name.
 */
export function isAlive({ pid, host, started, space }: ProcessIdentity): boolean | undefined {
  if (host !== hostname() || (space !== undefined && space !== numberSpace())) return undefined;
  return startOf(pid) === started;
}

/** Two processes of one number space see each other by number. '' where there is but one (not Linux). */
function numberSpace(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}

/**
 * When a process started: a number that the system gave away again must not pass for the process that had it before.
 * '' where the system only tells that it lives, undefined when there is none.
 */
function startOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    if (!hasCode(error, 'EPERM')) return undefined;
  }
  const stat = readStat(pid);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie writes no more: it is dead but for its parent's leave.
  if (fields[0] === 'Z') return undefined;
  return fields[19] ?? '';
}

function readStat(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}
