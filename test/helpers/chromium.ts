import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { TestContext } from 'vitest';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The machine's Chromium, headless: the one named by FMNIST_TEST_CHROMIUM, or on the PATH. Undefined where there is none. */
export async function openChromium(): Promise<Browser | undefined> {
  const executablePath = process.env.FMNIST_TEST_CHROMIUM ?? onPath();
  // Its sandbox needs rights that containers lack; what it opens here is our own.
  return executablePath === undefined ? undefined : chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

/** A page whose waits end with the test alone: a busy machine takes its time. */
export async function newPage(browser: Browser, options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(0);
  return page;
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

/** A report's page, drawn, and all that went wrong in it or left it. */
export async function openPage(
  browser: Browser | undefined,
  file: string,
  context: TestContext,
): Promise<{ page: Page; troubles: string[] }> {
  if (browser === undefined) return context.skip('needs Chromium');
  const page = await newPage(browser);
  const troubles: string[] = [];
  page.on('console', (message) => void (message.type() === 'error' && troubles.push(message.text())));
  page.on('pageerror', (error) => void troubles.push(error.message));
  page.on('dialog', (dialog) => {
    troubles.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!/^(?:data|file):/.test(request.url())) troubles.push(`request ${request.url()}`);
  });
  await page.goto(`file://${file}`);
  await page.waitForFunction('document.querySelectorAll(".chart:not(.live)").length === 0');
  return { page, troubles };
}

/** Serious violations of accessibility rules. */
export async function violations(page: Page): Promise<string[]> {
  // The page's own policy lets no other script in.
  const browser = page.context().browser();
  if (browser === null) return ['no browser'];
  const bare = await newPage(browser, { bypassCSP: true });
  await bare.goto(page.url());
  await bare.addScriptTag({ path: AXE });
  const found = await bare.evaluate(`axe.run().then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 120)).join(' | ')))`);
  await bare.close();
  return found as string[];
}
