import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServedFolder, serveFolder } from '../../src/export/serve.js';
import { newPage, openChromium } from '../helpers/chromium.js';
import { runCli } from '../helpers/cli.js';
import { realDataset } from '../helpers/real-data.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const BIN = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));
const SKIPPED = 'needs Chromium on the PATH (apt-get install chromium)';

const cwd = temporaryFolder();
let browser: Browser | undefined;
let served: ServedFolder;
let predicted: { top: { name: string; probability: number }[] }[];

const fmnist = async (...args: string[]) => {
  const { code, stdout, stderr } = await runCli(args, { cwd });
  expect([code, stderr]).toEqual([0, code === 0 ? stderr : '']);
  return stdout;
};

beforeAll(async () => {
  await fmnist('train', '-m', 'conv-pool', '--limit', '4000', '--epochs', '1', '--device', 'cpu', '--json');
  await fmnist('export', 'last', '--format', 'page', '--no-verify');
  const { test } = await realDataset();
  writeFileSync(path.join(cwd, 'photo.png'), photo(test.images.subarray(784 * 2, 784 * 3)));
  const inputs = Array.from({ length: 50 }, (_, i) => String(i));
  const json = await fmnist('predict', 'last', ...inputs, 'photo.png', '--device', 'cpu', '--json');
  predicted = JSON.parse(json).predictions;
  served = await serveFolder(path.join(cwd, 'conv-pool-page'), 0);
  browser = await openChromium();
});

afterAll(async () => {
  await browser?.close();
  await served.close();
});

/** A test image as a photo: dark on white, nine times as large. */
function photo(pixels: Uint8Array): Buffer {
  const file = new PNG({ width: 300, height: 340 });
  file.data.fill(255);
  for (let i = 0; i < 252 * 252; i++) {
    const [x, y] = [i % 252, Math.floor(i / 252)];
    const grey = 255 - (pixels[Math.floor(y / 9) * 28 + Math.floor(x / 9)] ?? 0);
    file.data.set([grey, grey, grey], 4 * ((y + 40) * 300 + x + 20));
  }
  return PNG.sync.write(file);
}

interface Opened {
  readonly page: Page;
  /** Errors on the console, and requests that left the folder or failed. */
  readonly complaints: string[];
}

async function open(opened: Browser, options: Parameters<Browser['newPage']>[0] = {}): Promise<Opened> {
  const page = await newPage(opened, options);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!/^(?:data|blob):/.test(request.url()) && !request.url().startsWith(served.url)) complaints.push(request.url());
  });
  page.on('response', (response) => {
    if (!response.ok()) complaints.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(served.url);
  await page.waitForFunction('document.body.dataset.answers > 0');
  return { page, complaints };
}

/** Does something that is answered, and waits for the answer. */
async function answerTo(page: Page, action: () => Promise<unknown>): Promise<string> {
  const before = await page.getAttribute('body', 'data-answers');
  await action();
  await page.waitForFunction(`document.body.dataset.answers > ${before}`);
  return (await page.textContent('#top .name')) ?? '';
}

function sample(index: number): string {
  return `[aria-label^="Test image ${index}:"]`;
}

async function drawShirt(page: Page): Promise<void> {
  const pad = await page.locator('#pad').boundingBox();
  if (pad === null) throw new Error('the page has no pad to draw on');
  const outline = [
    35, 20, 22, 28, 12, 50, 22, 55, 30, 42, 30, 85, 70, 85, 70, 42, 78, 55, 88, 50, 78, 28, 65, 20, 50, 26, 35, 20,
  ];
  const points = Array.from({ length: outline.length / 2 }, (_, i): [number, number] => [
    pad.x + ((outline[2 * i] ?? 0) / 100) * pad.width,
    pad.y + ((outline[2 * i + 1] ?? 0) / 100) * pad.height,
  ]);
  await page.mouse.move(...(points[0] ?? [0, 0]));
  await page.mouse.down();
  for (const point of points) await page.mouse.move(...point);
  await page.mouse.up();
}

describe('the page, in Chromium', () => {
  it('says of 50 test images what fmnist predict says', async (context) => {
    if (browser === undefined) return context.skip(SKIPPED);
    const { page, complaints } = await open(browser);
    for (let i = 49; i >= 0; i--) {
      const top = await answerTo(page, () => page.click(sample(i)));
      expect([i, top]).toEqual([i, predicted[i]?.top[0]?.name]);
    }
    expect(await page.locator('#top li').count()).toBe(3);
    expect(await page.textContent('#time')).toMatch(/^\d+\.\d ms$/);
    expect(complaints).toEqual([]);
  });

  it('takes a dropped picture, and prepares it as fmnist predict does', async (context) => {
    if (browser === undefined) return context.skip(SKIPPED);
    const { page, complaints } = await open(browser);
    // In the page's own words: it knows the browser's types.
    const dataTransfer = await page.evaluateHandle(`(() => {
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(${JSON.stringify([...readFileSync(path.join(cwd, 'photo.png'))])});
      transfer.items.add(new File([bytes], 'photo.png', { type: 'image/png' }));
      return transfer;
    })()`);
    const top = await answerTo(page, () => page.dispatchEvent('#drop', 'drop', { dataTransfer }));
    const [first] = predicted[50]?.top ?? [];
    expect(top).toBe(first?.name);
    expect(await page.textContent('#top output')).toBe(`${((first?.probability ?? 0) * 100).toFixed(1)} %`);
    expect(await page.textContent('#changes')).toMatch(/^inverted .*cut to .*scaled to/);
    expect(complaints).toEqual([]);
  });

  it('refuses a file that is no picture, in words', async (context) => {
    if (browser === undefined) return context.skip(SKIPPED);
    const { page } = await open(browser);
    await page.setInputFiles('#file', { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') });
    await page.waitForSelector('#problem:not([hidden])');
    expect(await page.textContent('#problem')).toMatch(/no picture/);
  });

  it('classifies a drawing while it is drawn, and works by keyboard', async (context) => {
    if (browser === undefined) return context.skip(SKIPPED);
    const { page, complaints } = await open(browser);
    await answerTo(page, () => drawShirt(page));
    expect(await page.locator('[aria-selected="true"]').count()).toBe(0);
    await page.focus('#clear');
    await page.keyboard.press('Enter');
    await page.focus(sample(0));
    for (const [key, index] of [
      ['ArrowRight', 1],
      ['End', 99],
      ['Home', 0],
    ] as const) {
      await answerTo(page, () => page.keyboard.press(key));
      expect(await page.getAttribute('[aria-selected="true"]', 'aria-label')).toMatch(`Test image ${index}:`);
    }
    expect(complaints).toEqual([]);
  });

  const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };
  it.for(['phone', 'desktop'] as const)('fits a %s, light and dark', async (device, context) => {
    if (browser === undefined) return context.skip(SKIPPED);
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await open(browser, { viewport: sizes[device], colorScheme });
      await answerTo(page, () => drawShirt(page));
      const wider = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(wider).toBeLessThanOrEqual(0);
      const folder = process.env.FMNIST_PAGE_SCREENSHOTS;
      await page.waitForTimeout(folder === undefined ? 0 : 600);
      if (folder) await page.screenshot({ path: path.join(folder, `page-${device}-${colorScheme}.png`) });
      await page.close();
    }
  });
});

it('--serve opens the page to this machine alone, until Ctrl-C', async () => {
  const args = ['export', 'last', '-f', 'page', '--force', '--no-verify', '--serve', '--port', '0'];
  const child = spawn(process.execPath, [BIN, ...args], { cwd });
  const url = await new Promise<string>((resolve) => {
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(said);
      if (found) resolve(found[0]);
    });
  });
  const index = await fetch(url);
  expect([index.status, index.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect((await fetch(`${url}..%2f..%2fpackage.json`)).status).toBe(404);
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
});
