import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderPage } from '../../src/report/html/page.js';
import { type Report, type RunReport, reportSchema, type TestResult } from '../../src/report/schema.js';
import { openChromium, openPage, violations } from '../helpers/chromium.js';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { recordRun } from '../helpers/recorded-runs.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const MOST_BYTES = 3 * 2 ** 20;

const cwd = temporaryFolder();
const runsDir = path.join(cwd, 'runs');
let browser: Browser | undefined;
const runs = { once: '', again: '', resumed: '', diverged: '' };

/** A small run. @returns its name */
async function train(...flags: string[]): Promise<string> {
  const small = ['--data', 'synthetic', '--limit', '96', '--device', 'cpu', '--json'];
  const { stdout, stderr } = await runCli(['train', ...(flags.includes('--resume') ? ['--json'] : small), ...flags], {
    cwd,
  });
  const end = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .find(({ event }) => event === 'run_end');
  expect(end, stderr).toBeDefined();
  return path.basename(end.run);
}

beforeAll(async () => {
  await nativeBinding();
  browser = await openChromium();
  runs.once = await train('--epochs', '1');
  const tests = ['--set', 'training.emaDecay=0.9', '--set', 'evaluation.tta=flip'];
  runs.again = await train('--epochs', '3', '--learning-rate', '0.003', '--norms', ...tests);
  runs.resumed = await train('--epochs', '2', '--seed', '5');
  await train('--resume', runs.resumed, '--epochs', '4');
  const config = JSON.parse(readFileSync(new URL('../../configs/conv-pool.json', import.meta.url), 'utf8'));
  const wild = { ...config, $schema: undefined, optimizer: { type: 'sgd', learningRate: 60 } };
  writeFileSync(path.join(cwd, 'wild.json'), JSON.stringify(wild));
  runs.diverged = await train('--config', 'wild.json', '--epochs', '9');
});
afterAll(() => browser?.close());

interface Made {
  readonly file: string;
  readonly text: string;
  readonly report: Report;
}

const made = new Map<string, Promise<Made>>();

/** The report of runs, which tests share. */
function makeReport(...names: string[]): Promise<Made> {
  const name = names.join('-');
  const known = made.get(name) ?? writeReport(path.join(cwd, `${name}.html`), names);
  made.set(name, known);
  return known;
}

async function writeReport(file: string, names: readonly string[]): Promise<Made> {
  const { code, stderr, stdout } = await runCli(['report', ...names, '--out', file], { cwd });
  expect(code, stderr).toBe(0);
  expect(stdout).toContain(`wrote ${file}`);
  const text = readFileSync(file, 'utf8');
  return { file, text, report: embedded(text) };
}

/** What a script reads out of the file. */
function embedded(text: string): Report {
  const json = /<script type="application\/json" id="report">(.*?)<\/script>/s.exec(text)?.[1] ?? '';
  return reportSchema.parse(JSON.parse(json));
}

describe('fmnist report', () => {
  it.for<readonly [string, () => string[]]>([
    ['one epoch', () => [runs.once]],
    ['several epochs', () => [runs.again]],
    ['a resumed run', () => [runs.resumed]],
    ['a run that diverged', () => [runs.diverged]],
    ['three runs compared', () => [runs.once, runs.again, runs.resumed]],
  ])('of %s opens without error or request, is accessible, and holds its data', async ([, names], context) => {
    const { file, text, report } = await makeReport(...names());
    expect(Buffer.byteLength(text)).toBeLessThan(MOST_BYTES);
    expect(report.runs.map(({ name }) => name)).toEqual(names());
    const { page, troubles } = await openPage(browser, file, context);
    expect(troubles).toEqual([]);
    expect(await violations(page)).toEqual([]);
    await page.close();
  });

  it('shows pictures of the most frequent mistake, and those of a cell that is clicked, or chosen by the keyboard', async (context) => {
    const { file, report } = await makeReport(runs.once);
    const { page, troubles } = await openPage(browser, file, context);
    const test = report.runs[0]?.test;
    const mistakes = test?.cells.filter(({ actual, predicted }) => actual !== predicted) ?? [];
    const most = Math.max(...mistakes.map(({ actual, predicted }) => test?.confusion[actual]?.[predicted] ?? 0));
    const [cell] = mistakes.filter(({ actual, predicted }) => (test?.confusion[actual]?.[predicted] ?? 0) < most);
    if (cell === undefined) throw new Error('no mistakes');
    const { actual, predicted, guesses } = cell;
    const words = `${report.classes[actual]}, taken for ${report.classes[predicted]}`;
    const n = report.classes.length;
    const shown = page.locator('#run1-cell');
    expect(await shown.locator('.facts').innerText()).toMatch(new RegExp(`^${most} images?`));
    // Cells are drawn row by row; the figure on top of one does not take its click.
    const cells = page.locator('#run1-confusion svg path[fill^="color-mix"]');
    expect(await cells.count()).toBe(n * n);
    // Who clicks has rested on it: by then it is outlined, and as dark as it was.
    const chosen = cells.nth(actual * n + predicted);
    const shade = await chosen.getAttribute('fill');
    await chosen.hover({ force: true });
    const outlined = page.locator('#run1-confusion svg path[fill^="color-mix"][stroke]');
    await outlined.waitFor();
    expect(await outlined.getAttribute('fill')).toBe(shade);
    await outlined.click({ force: true });
    await shown.getByText(words).waitFor();
    expect(await shown.locator('.picture').count()).toBe(guesses.length);
    await page.locator('#run1-confusion + details summary').click();
    await page.locator('button[data-actual="0"][data-predicted="0"]').press('Enter');
    await shown.getByText(`${report.classes[0]}, recognised`).waitFor();
    await page.locator('input[value="shares"]').check();
    await page.locator('#run1-confusion').getByText('% of the true class').waitFor();
    expect(troubles).toEqual([]);
    await page.close();
  });

  it('prints each chart as wide as the paper', async (context) => {
    const { file } = await makeReport(runs.once);
    const { page } = await openPage(browser, file, context);
    await page.emulateMedia({ media: 'print' });
    // Paper comes at once: nothing is drawn again for it.
    const charts = await page.evaluate(`document.body.style.width = '420px';
      [...document.querySelectorAll('.chart svg')].map((svg) => {
        const [drawn, printed] = [svg.viewBox.baseVal, svg.getBoundingClientRect()];
        return { fits: printed.width <= 420, whole: Math.abs(printed.height / printed.width - drawn.height / drawn.width) < 0.01 };
      })`);
    expect(charts).toEqual(Array.from({ length: 4 }, () => ({ fits: true, whole: true })));
    await page.close();
  });

  it('shows hostile names as text', async (context) => {
    const { report } = await makeReport(runs.once, runs.again, runs.resumed);
    for (const offset of [0, 7, 13]) {
      const file = path.join(cwd, `hostile-${offset}.html`);
      writeFileSync(file, await renderPage(withStrings(report, offset)));
      const { page, troubles } = await openPage(browser, file, context);
      for (const id of ['compared-loss', 'run1-accuracy', 'run1-confusion', 'run1-calibration']) {
        await page.locator(`#${id}`).hover({ position: { x: 250, y: 200 } });
      }
      await page.locator('#run1-confusion').click({ position: { x: 250, y: 200 } });
      expect(troubles).toEqual([]);
      expect(await page.evaluate('window.hacked')).toBeUndefined();
      const text = await page.evaluate('document.body.textContent');
      for (const payload of PAYLOADS) expect(text).toContain(payload);
      await page.close();
    }
  });

  it('draws the norms of weights and gradients of a run that recorded them, and of no other', async (context) => {
    const { file, report } = await makeReport(runs.once, runs.again, runs.resumed);
    const [other, recorded] = report.runs.map(({ norms }) => norms);
    expect(recorded?.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(other).toEqual([]);
    const { page } = await openPage(browser, file, context);
    for (const chart of ['run2-weights', 'run2-gradients']) {
      await page.locator(`#${chart}`).getByText('conv2d_1').waitFor();
    }
    expect(await page.locator('#run1-weights').count()).toBe(0);
    await page.close();
  });

  it('shows every result of the test: of the best epoch, averaged weights and changed copies of the images too', async (context) => {
    const { file, report } = await makeReport(runs.again);
    const test = report.runs[0]?.test;
    const { page } = await openPage(browser, file, context);
    const rows = await page.getByRole('region', { name: 'Test', exact: true }).locator('tbody tr').allInnerTexts();
    const best = test?.best === null ? [] : [test?.best?.accuracy];
    const shares = [test?.accuracy, ...best, test?.emaAccuracy, test?.views?.accuracy, test?.views?.emaAccuracy];
    expect(rows.map((row) => row.split('\t')[2])).toEqual(
      shares.map((share) => `${((share ?? -1) * 100).toFixed(2)}%`),
    );
    await page.close();
  });

  it('says whose trial a run is, and in a note what is missing of it', async () => {
    const sweep = { name: 'study', trial: 3, seed: 1 };
    const trial = await recordRun(runsDir, { name: 'trial', steps: 4, labels: { sweep } });
    const killed = await recordRun(runsDir, { name: 'killed', ended: false, steps: 4 });
    const { text, report } = await makeReport(trial, killed);
    expect(report.runs.map((run) => run.sweep)).toEqual([sweep, null]);
    expect(text).toContain('trial 3 (seed 1) of the sweep study');
    const [ofTrial, ofKilled] = report.runs.map(({ notes }) => notes.join('\n'));
    expect(ofTrial).toContain('older version');
    expect(ofKilled).toContain('no test results');
  });

  it('is read by the same schema as one that an older version made', async () => {
    const { report } = await makeReport(runs.once);
    const [run] = report.runs;
    const { sweep, test, ...older } = structuredClone(run) as RunReport;
    const { epoch, best, views, ...oldTest } = test as TestResult;
    const read = reportSchema.parse({ ...report, runs: [{ ...older, test: oldTest }] });
    expect([sweep, best, views]).toEqual([null, null, null]);
    expect(epoch).toBe(1);
    expect(read.runs).toEqual([{ ...run, test: { ...test, epoch: null } }]);
  });

  it('takes ten thousand epochs', async () => {
    const long = await recordRun(runsDir, { name: 'long', epochs: 2, steps: 4 });
    const file = path.join(runsDir, long, 'metrics.jsonl');
    const [line = ''] = readFileSync(file, 'utf8').split('\n');
    const epochs = Array.from({ length: 10_000 }, (_, i) => JSON.stringify({ ...JSON.parse(line), epoch: i + 1 }));
    writeFileSync(file, `${epochs.join('\n')}\n`);
    const { text, report } = await makeReport(long);
    expect(Buffer.byteLength(text)).toBeLessThan(MOST_BYTES);
    expect(report.runs[0]?.history.at(-1)?.epoch).toBe(10_000);
  });

  it('refuses in one line what it cannot read or write', async () => {
    const folder = await runCli(['report', runs.once, '--out', 'nowhere/r.html'], { cwd });
    expect([folder.code, folder.stderr]).toEqual([
      2,
      expect.stringMatching(/^error --out nowhere\/r\.html cannot be written/),
    ]);
    const cut = await recordRun(runsDir, { name: 'cut', steps: 4 });
    const file = path.join(runsDir, cut, 'metrics.jsonl');
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -20));
    const damaged = await runCli(['report', cut], { cwd });
    expect([damaged.code, damaged.stderr]).toEqual([3, expect.stringMatching(/^error .*metrics\.jsonl: line 3 /)]);
    const none = await runCli(['report', 'nothing-like-it'], { cwd });
    expect(none.code).toBe(3);
  });
});

/** Ways into a page, by https://owasp.org/www-community/xss-filter-evasion-cheatsheet and the like. */
const PAYLOADS = [
  '<script>window.hacked=1</script>',
  '</script><script>window.hacked=1</script>',
  '<img src=x onerror=window.hacked=1>',
  '"><img src=x onerror=window.hacked=1>',
  "'><svg onload=window.hacked=1>",
  '<svg/onload=window.hacked=1>',
  '</title><script>window.hacked=1</script>',
  '</style><script>window.hacked=1</script>',
  '<!--<script>window.hacked=1</script>',
  ']]><script>window.hacked=1</script>',
  '" onmouseover="window.hacked=1" x="',
  "' onfocus='window.hacked=1' autofocus='",
  'javascript:window.hacked=1//',
  '<iframe srcdoc="<script>parent.hacked=1</script>">',
  '<a href="javascript:window.hacked=1">x</a>',
  '<math><mtext></mtext><script>window.hacked=1</script></math>',
  '<details open ontoggle=window.hacked=1>',
  '{a|<img src=x onerror=window.hacked=1>}',
  '&lt;script&gt;window.hacked=1&lt;/script&gt;',
  '\u2028<body onload=window.hacked=1>\u2029',
];

/** Texts that the schema lets be one of a few, or that a machine reads. */
const CHOSEN = ['png', 'format', 'made', 'status', 'of'];

/** The report with every text that comes from outside replaced by one payload after the other. */
function withStrings(report: Report, offset: number): Report {
  let next = offset;
  const payload = () => PAYLOADS[next++ % PAYLOADS.length] ?? '';
  const replaced = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return CHOSEN.includes(key) ? value : payload();
    if (Array.isArray(value)) return value.map((item) => replaced(item, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [key === 'environment' ? payload() : name, replaced(inner, name)]),
    );
  };
  return reportSchema.parse(replaced(report, ''));
}
