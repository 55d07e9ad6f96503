import { spawn } from 'node:child_process';
import { platform } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const OPENERS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/** @returns false where there is nothing to open it with */
function openInBrowser(target: string): Promise<boolean> {
  const address = /^https?:/.test(target) ? target : pathToFileURL(path.resolve(target)).href;
  const [command = 'xdg-open', ...args] = OPENERS[platform()] ?? [];
  const child = spawn(command, [...args, address], { stdio: 'ignore', detached: true });
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

/** Shows a file or an address in the person's browser. */
export async function openOrWarn(target: string, warn: (message: string) => void): Promise<void> {
  if (!(await openInBrowser(target))) warn(`no browser could be opened; open ${target} yourself`);
}
