import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { renderFrame } from '../../../src/ui/dashboard/frame.js';
import { RunState } from '../../../src/ui/dashboard/state.js';
import type { View } from '../../../src/ui/dashboard/view.js';
import { palette } from '../../../src/ui/palette.js';
import { epochEnd, recordedRun, runStart, stepEvent } from '../../helpers/events.js';

const view: View = {
  columns: 80,
  rows: 24,
  palette: palette(0),
  metric: 'loss',
  log: false,
  axis: 'auto',
  help: false,
  stopping: false,
  keys: true,
  memory: 0.9e9,
  gpu: undefined,
  notice: undefined,
};

function state(events: Iterable<Parameters<RunState['apply']>[0]>): RunState {
  const built = new RunState();
  for (const event of events) built.apply(event);
  return built;
}

function* middle() {
  const shape = { epochs: 25, steps: 1407 };
  yield runStart(shape);
  for (let epoch = 1; epoch < 7; epoch++) yield epochEnd(epoch, shape);
  for (let step = 1; step <= 605; step++) yield stepEvent(7, step, 1407);
}

test('a wide terminal shows the run, its progress, both charts and the keys', () => {
  expect(renderFrame(state(middle()), { ...view, columns: 120, rows: 20 })).toMatchInlineSnapshot(`
    [
      "fmnist train · vgg7 · seed 42 · TensorFlow 2.21.0 CPU (2 threads) · runs/2026-11-24T0912-vgg7-3f2a",
      "epoch  7/25 ━━━━━━━━━━━━━╸──────────────────  42%   605/1407 · 55.1 ms/step · 580 img/s · epoch 00:44 · all 26:49 left",
      "best val 91.89% (epoch 6) · lr 1.0e-3 · batch 32 · 45,000 + 30,000 augmented images",
      "loss                                        train ─  val ═   accuracy (%)                                train ─  val ═",
      "0.49 ╪╗                                                      93.0 ┤                   ╭────────────────────────────────",
      "0.47 ┤╚═╗                                                    92.2 ┤           ╭───────╯╔══╗                        ╔═══",
      "0.45 ┼─╮╚╗                                                   91.4 ┤         ╭╔═════════╝  ╚════════════════════════╝",
      "0.42 ┤ ╰╮╚═╗                                                 90.6 ┤        ╭╔╝",
      "0.40 ┤  ╰╮ ╚╗                                                89.8 ┤      ╭╔═╝",
      "0.38 ┤   ╰─╮╚═╗                                              88.9 ┤     ╭╔╝",
      "0.36 ┤     ╰╮ ╚╗                                             88.1 ┤    ╭╔╝",
      "0.34 ┤      ╰─╮╚══╗                                          87.3 ┤   ╭╔╝",
      "0.32 ┤        ╰╮  ╚════╗                                     86.5 ┤  ╭╔╝",
      "0.29 ┤         ╰────╮  ╚════════╗                            85.7 ┤╭╔═╝",
      "0.27 ┤              ╰─────╮     ╚═════════════════════════   84.9 ┼╔╝",
      "0.25 ┤                    ╰───────────────────────────────   84.1 ╪╝",
      "epoch 1                                                  6   epoch 1                                                  6",
      "now 0.2455 / 93.00%   epoch 6: train 0.2501 / 93.00%   val 0.2773 / 91.89%   gap 1.1 pt   memory 0.9 GB",
      "q finish this epoch and stop · s save now · l log scale · m loss or accuracy · ←→ epochs/steps · ? help",
    ]
  `);
});

test('80×24 shows one chart, the other one by a key', () => {
  const running = state(middle());
  const [loss, accuracy] = (['loss', 'accuracy'] as const).map((metric) =>
    renderFrame(running, { ...view, metric }).join('\n'),
  );
  expect(loss).toMatch(/^loss .*train ─ {2}val ═$/m);
  expect(loss).not.toContain('accuracy');
  expect(accuracy).toMatch(/^accuracy .*train ─ {2}val ═$/m);
});

test('the figure of now is where the curve of the steps ends; those of an epoch are all of that epoch', () => {
  const running = state(middle());
  const { current, stepLoss, stepAccuracy, history } = running;
  expect([stepLoss.points.at(-1)?.y, stepAccuracy.points.at(-1)?.y]).toEqual([current?.loss, current?.accuracy]);
  const text = renderFrame(running, { ...view, columns: 120, rows: 36 }).join('\n');
  const pair = (loss = 0, accuracy = 0) => `${loss.toFixed(4)} / ${(100 * accuracy).toFixed(2)}%`;
  const last = history.at(-1);
  expect(text).toContain(
    `now ${pair(current?.loss, current?.accuracy)}   epoch 6: train ${pair(last?.loss, last?.accuracy)}`,
  );
  expect(text).toContain(`val ${pair(last?.valLoss ?? 0, last?.valAccuracy ?? 0)}   gap 1.1 pt`);
});

test('60 columns keep the time left, the best epoch, validation and the key to the help', () => {
  const frame = renderFrame(state(middle()), { ...view, columns: 60, rows: 15 }).join('\n');
  for (const part of [/all \d+:\d\d left/, /best val 91\.89%/, /now 0\.\d+ /, /val 0\.2773/, /\? help/]) {
    expect(frame).toMatch(part);
  }
});

test('nothing of the help, of a notice and of a warning is cut, however narrow the window', () => {
  const run = state(recordedRun({ epochs: 3, steps: 30, synthetic: true }));
  const notice = 'finishing this epoch, then stopping; q again: keep training';
  for (const [columns, rows, ends] of [
    [80, 24, ['the run can be resumed', 'the curve of steps', 'in points of percent']],
    [60, 30, ['finish this step and stop', 'suspend', 'of percent']],
    [40, 30, ['finish this step and stop', 'suspend', 'of percent']],
  ] as const) {
    const frame = renderFrame(run, { ...view, columns, rows, notice, help: true });
    for (const end of [...ends, 'nothing\\.', 'keep training']) {
      expect(frame).toContainEqual(expect.stringMatching(new RegExp(`${end}$`)));
    }
  }
});

test('a tall screen has tall charts', () => {
  const frame = renderFrame(state(middle()), { ...view, columns: 200, rows: 50 });
  expect(frame.filter((line) => line.includes('┤')).length).toBeGreaterThan(35);
});

test('a tiny terminal shows the bar alone', () => {
  const lines = renderFrame(state(middle()), { ...view, columns: 40, rows: 10 });
  expect(lines).toMatchInlineSnapshot(`
    [
      "epoch  7/25 ━━━╸────  42%  loss 0.2455",
    ]
  `);
});

test('synthetic data is said on every screen', () => {
  for (const [columns, rows] of [
    [120, 36],
    [80, 24],
    [40, 10],
  ] as const) {
    const frame = renderFrame(state([runStart({ synthetic: true })]), { ...view, columns, rows });
    expect(frame.join('\n')).toContain('SYNTHETIC DATA');
  }
});

test('without a single step, with one epoch, with NaN losses: there is always a frame', () => {
  expect(renderFrame(new RunState(), view)).not.toEqual([]);
  expect(renderFrame(state([runStart(), epochEnd(1)]), view).join('\n')).toContain('val 0.');
  const diverged = { ...stepEvent(1, 2, 9), loss: Number.NaN, meanLoss: Number.NaN, meanAccuracy: Number.NaN };
  expect(renderFrame(state([runStart(), stepEvent(1, 1, 9), diverged]), view).join('\n')).toContain('NaN');
});

test('no frame is taller or wider than the screen, whatever its size, settings and moment', () => {
  const events = [...recordedRun({ epochs: 3, steps: 30, synthetic: true })];
  const sizes = fc.record({
    columns: fc.integer({ min: 1, max: 220 }),
    rows: fc.integer({ min: 1, max: 70 }),
    metric: fc.constantFrom('loss' as const, 'accuracy' as const),
    axis: fc.constantFrom('auto' as const, 'epochs' as const, 'steps' as const),
    log: fc.boolean(),
    help: fc.boolean(),
    notice: fc.constantFrom(undefined, 'saving …', '日本語'.repeat(40)),
    palette: fc.constantFrom(palette(0), palette(1), palette(3)),
  });
  fc.assert(
    fc.property(sizes, fc.nat(events.length), (size, moment) => {
      const lines = renderFrame(state(events.slice(0, moment)), { ...view, ...size });
      expect(lines.length).toBeLessThanOrEqual(Math.max(1, size.rows - 1));
      for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(Math.max(1, size.columns - 1));
    }),
    { numRuns: 300 },
  );
});
