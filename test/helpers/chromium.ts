import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The machine's Chromium, headless: the one named by FMNIST_TEST_CHROMIUM, or on the PATH. Undefined where there is none. */
export async function openChromium(): Promise<Browser | undefined> {
  const executablePath = process.env.FMNIST_TEST_CHROMIUM ?? onPath();
  // Its sandbox needs rights that containers lack; what it opens here is our own.
  return executablePath === undefined ? undefined : chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
