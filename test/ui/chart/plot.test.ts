import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { plot, type Series } from '../../../src/ui/chart/plot.js';

const plain = (text: string) => text;
const series = (points: Series['points'], shape: Series['shape'] = 'thin'): Series => ({ points, shape, style: plain });
const view = { width: 40, height: 6, log: false, dim: plain };

test('a falling loss falls on the screen, from its first to its last value', () => {
  const lines = plot([series([1, 2, 3, 4].map((x) => ({ x, y: 5 - x })))], view);
  expect(lines).toMatchInlineSnapshot(`
    [
      "4.00 ┼───╮",
      "3.40 ┤   ╰──────╮",
      "2.80 ┤          ╰──────╮",
      "2.20 ┤                 ╰─────╮",
      "1.60 ┤                       ╰──────╮",
      "1.00 ┤                              ╰───",
    ]
  `);
});

test('a curve is one line from left to right, whatever its values', () => {
  const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 200 });
  const size = fc.record({ width: fc.integer({ min: 12, max: 90 }), height: fc.integer({ min: 2, max: 20 }) });
  fc.assert(
    fc.property(values, size, (ys, { width, height }) => {
      const lines = plot([series(ys.map((y, x) => ({ x, y })))], { ...view, width, height });
      const axis = lines[0]?.search(/[┼┤]/) ?? 0;
      let at = lines.findIndex((line) => line[axis] === '┼');
      const end = Math.max(...lines.map((line) => line.length));
      for (let x = axis + 1; x < end; x++) {
        const column = lines.map((line) => line[x] ?? ' ');
        const drawn = column.flatMap((text, y) => (text === ' ' ? [] : [y]));
        const [top = -1, bottom = -1] = [drawn[0], drawn.at(-1)];
        const turn = column[top] === '╮' && column[bottom] === '╰' ? [top, bottom] : [bottom, top];
        expect(column.slice(top, bottom + 1).join('')).toMatch(/^(─|╮│*╰|╭│*╯)$/);
        expect(turn[0]).toBe(at);
        at = turn[1] ?? -1;
      }
    }),
  );
});

test('training and validation can be told apart without colour', () => {
  const train = series([1, 2, 3].map((x) => ({ x, y: 1 / x })));
  const validation = series(
    [1, 2, 3].map((x) => ({ x, y: 1.2 / x })),
    'double',
  );
  const drawn = plot([train, validation], view).join('\n');
  expect(drawn).toMatch(/─{3}/);
  expect(drawn).toMatch(/═{3}/);
});

test('a spike among 2,000 points is still seen', () => {
  const points = Array.from({ length: 2000 }, (_, x) => ({ x, y: x === 1234 ? 9 : 1 }));
  const lines = plot([series(points)], view);
  expect(lines[0]).toMatch(/9\.00 ┤ +[╭╮─]/);
});

test('the place of a loss that is no number stays empty', () => {
  const lines = plot([series([4, 3, Number.NaN].map((y, x) => ({ x, y })))], { ...view, height: 2 });
  expect(lines).toMatchInlineSnapshot(`
    [
      "4.00 ┼────────╮",
      "3.00 ┤        ╰────────",
    ]
  `);
});

test('a log scale has powers between its ends', () => {
  const lines = plot([series([0, 1, 2].map((x) => ({ x, y: 10 ** -x })))], { ...view, height: 3, log: true });
  expect(lines.map((line) => Number.parseFloat(line))).toEqual([1, 0.1, 0.01]);
});

test('rows of tiny values have labels that tell them apart', () => {
  for (const log of [false, true]) {
    const lines = plot([series([1, 2, 3, 4].map((x) => ({ x, y: x * 1e-5 })))], { ...view, log });
    expect(new Set(lines.map((line) => Number.parseFloat(line))).size).toBe(view.height);
  }
});

test('whatever the points, a chart has its height and no line is too wide', () => {
  const value = fc.oneof(
    fc.double({ min: -1e6, max: 1e6 }),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1e-300, 1e300, 5),
  );
  const values = fc.array(value, { maxLength: 300 });
  const size = fc.record({ width: fc.integer({ min: 1, max: 200 }), height: fc.integer({ min: 2, max: 40 }) });
  fc.assert(
    fc.property(values, values, size, fc.boolean(), (a, b, { width, height }, log) => {
      const points = (ys: number[]) => ys.map((y, x) => ({ x, y }));
      const lines = plot([series(points(a)), series(points(b), 'double')], { width, height, log, dim: plain });
      expect(lines).toHaveLength(height);
      for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
    }),
    { numRuns: 300 },
  );
});
