import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * A headless Chromium: the one named by FMNIST_TEST_CHROMIUM, or the system's. Undefined where there is none: the test is
 * then to be skipped. Close it at the end.
 */
export async function headlessChromium(): Promise<Browser | undefined> {
  const place = [process.env.FMNIST_TEST_CHROMIUM ?? '', ...PLACES].find((file) => file !== '' && existsSync(file));
  if (place === undefined) return undefined;
  // Containers have neither its sandbox nor much shared memory.
  return chromium.launch({ executablePath: place, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
