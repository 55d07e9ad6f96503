import { type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPage, openChromium } from '../helpers/chromium.js';
import { type CliResult, runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const cwd = temporaryFolder();

/** A command that goes on until it is told to stop. */
interface Running {
  /** What its output says, once it says it. */
  readonly said: Promise<string>;
  stop(): Promise<CliResult>;
}

function start(args: readonly string[], says: RegExp): Running {
  let hear: (found: string) => void = () => {};
  let interrupt = () => {};
  const said = new Promise<string>((resolve) => {
    hear = resolve;
  });
  const ended = runCli(args, {
    cwd,
    onStdout: (stdout, child) => {
      interrupt = () => child.kill('SIGINT');
      const found = says.exec(stdout)?.[0];
      if (found !== undefined) hear(found);
    },
  });
  return {
    said: Promise.race([said, ended.then(({ stderr }) => Promise.reject(new Error(stderr)))]),
    stop: () => {
      interrupt();
      return ended;
    },
  };
}

function get(address: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(address, { headers }, resolve).on('error', reject).end();
  });
}

async function text(address: string): Promise<string> {
  const answer = await get(address);
  expect(answer.statusCode).toBe(200);
  return (await answer.setEncoding('utf8').toArray()).join('');
}

describe('fmnist report --watch', () => {
  let training: Running;
  let serving: Running;
  let address = '';
  beforeAll(async () => {
    await nativeBinding();
    const endless = ['--data', 'synthetic', '--limit', '64', '--device', 'cpu', '--epochs', '100000', '--json'];
    training = start(['train', ...endless, '--name', 'live'], /"event":"epoch_end"/);
    await training.said;
    serving = start(['report', 'live', '--watch'], /^http:\S+/);
    address = await serving.said;
  });
  afterAll(() => Promise.all([training.stop(), serving.stop()]));

  it('serves the report of a run that goes on, and tells when there is news', async () => {
    const page = await text(address);
    expect(page).toMatch(/The run goes on: \d+ of 100000 epochs are done/);
    const [, token] = /http:\/\/127\.0\.0\.1:\d+\/([0-9a-f]{32})\/$/.exec(address) ?? [];
    expect(token).toBeDefined();
    const events = await get(`${address}events`);
    expect(events.headers['content-type']).toBe('text/event-stream');
    let heard = '';
    for await (const part of events.setEncoding('utf8')) {
      heard += part;
      if (heard.includes('event: report')) break;
    }
    const later = await text(address);
    expect(epochsOf(later)).toBeGreaterThan(epochsOf(page));
  });

  it('refreshes the page in the browser', async (context) => {
    const browser = await openChromium();
    if (browser === undefined) return context.skip('needs Chromium');
    try {
      const page = await newPage(browser);
      const troubles: string[] = [];
      page.on('console', (message) => void (message.type() === 'error' && troubles.push(message.text())));
      page.on('request', (asked) => void (asked.url().startsWith(address) || troubles.push(asked.url())));
      await page.goto(address);
      const done = epochsOf(await page.content());
      await page.waitForEvent('load');
      expect(epochsOf(await page.content())).toBeGreaterThan(done);
      expect(troubles).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it('answers nobody who does not know the address, and no page under another name', async () => {
    const { origin, port, pathname } = new URL(address);
    const statusOf = async (url: string, host?: string) => (await get(url, host ? { host } : {})).statusCode;
    expect(await statusOf(`${origin}/`)).toBe(403);
    expect(await statusOf(`${origin}/${'0'.repeat(32)}/`)).toBe(403);
    expect(await statusOf(`${origin}/${'0'.repeat(32)}/events`)).toBe(403);
    expect(await statusOf(address, `evil.example:${port}`)).toBe(403);
    expect(await statusOf(`${address}events`, `evil.example:${port}`)).toBe(403);
    expect(await statusOf(address, `localhost:${port}`)).toBe(200);
    expect(await statusOf(`${origin}${pathname}config.json`)).toBe(404);
    await expect(get(address.replace('127.0.0.1', '127.0.0.2'))).rejects.toThrow('ECONNREFUSED');
  });

  it('ends with Ctrl-C, though somebody is reading', async () => {
    const own = start(['report', 'live', '--watch'], /^http:\S+/);
    const events = await get(`${await own.said}events`);
    const closed = new Promise((resolve) => events.resume().on('close', resolve).on('error', resolve));
    const { code, stderr } = await own.stop();
    expect([code, stderr]).toEqual([0, '']);
    await closed;
  });

  it('says in one line that a port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const { code, stderr } = await runCli(['report', 'live', '--watch', '--port', `${port}`], { cwd });
    other.close();
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`^error port ${port} is in use\\ntry .*--port.*\\n$`));
  });
});

/** How many epochs a page says are done. */
function epochsOf(page: string): number {
  return Number(/The run goes on: (\d+) of/.exec(page)?.[1]);
}
