import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createReporter } from '../../../src/ui/reporters/create.js';
import { recordedRun } from '../../helpers/events.js';
import { Sink } from '../../helpers/sink.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

async function runInWorkflow(file: string) {
  const stdout = new Sink();
  const streams = { stdin: new PassThrough(), stdout, stderr: new Sink() };
  const env = { CI: 'true', GITHUB_STEP_SUMMARY: file };
  const reporter = await createReporter({
    called: 'fmnist',
    json: true,
    jsonSteps: false,
    quiet: true,
    ...streams,
    env,
  });
  for (const event of recordedRun({ synthetic: true })) reporter.handle(event);
  reporter.close();
  return stdout;
}

test("a GitHub job's summary gets the result, a table of epochs and a chart, after what other steps wrote", async () => {
  const file = join(temporaryFolder(), 'summary.md');
  writeFileSync(file, 'an earlier step\n');
  await runInWorkflow(file);
  const text = readFileSync(file, 'utf8');
  expect(text).toMatch(/^an earlier step\n### fmnist train · vgg7 · seed 42/);
  expect(text).toContain('test accuracy **91.05%**');
  expect(text).toContain('> ⚠️ SYNTHETIC DATA');
  expect(text.match(/^\| \d \| /gm)).toHaveLength(3);
  expect(text).toMatch(/```text\nloss .*\n[^`]*┤[^`]*```/);
  expect(text).not.toContain('\u001b');
});

test('a summary file that cannot be written costs nothing', async () => {
  const stdout = await runInWorkflow('/nonexistent/summary.md');
  expect(stdout.lines.at(-1)).toContain('"run_end"');
});
