import xterm from '@xterm/headless';
import fc from 'fast-check';
import { PNG } from 'pngjs';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { type Picture, renderGrid } from '../../src/ui/images.js';
import { COLOUR_MODES, colourMode } from '../../src/ui/pixels.js';
import { renderPng } from '../../src/ui/png.js';
import { resize } from '../../src/ui/resize.js';
import { realDataset } from '../helpers/real-data.js';
import { Sink } from '../helpers/sink.js';

const { train } = await realDataset();

function picture(index: number, label?: string): Picture {
  const pixels = train.images.subarray(index * 784, (index + 1) * 784);
  return { pixels, shape: [28, 28, 1], ...(label === undefined ? {} : { label }) };
}

/** Writes text to a terminal emulator and gives its screen. */
async function screen(text: string, cols: number, rows: number) {
  const terminal = new xterm.Terminal({ cols, rows, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(text.replaceAll('\n', '\r\n'), resolve));
  return terminal.buffer.active;
}

describe('a picture in a terminal', () => {
  test('in truecolor shows every pixel in its own grey, two to a character', async () => {
    const shown = await screen(
      renderGrid([picture(0, 'Ankle boot')], { width: 80, mode: 'truecolor', columns: 4 }),
      80,
      24,
    );
    for (let row = 0; row < 28; row++) {
      for (let col = 0; col < 28; col++) {
        const cell = shown.getLine(row >> 1)?.getCell(col);
        const colour = row % 2 === 0 ? cell?.getFgColor() : cell?.getBgColor();
        const grey = picture(0).pixels[row * 28 + col] ?? -1;
        expect(colour).toBe(grey * 0x010101);
        expect(cell?.getChars()).toBe('▀');
      }
    }
    expect(shown.getLine(14)?.translateToString(true)).toBe('Ankle boot');
  });

  test('in 256 colours shows the nearest greys', async () => {
    const shown = await screen(renderGrid([picture(0)], { width: 80, mode: '256', columns: 1 }), 80, 24);
    for (let row = 0; row < 28; row += 2) {
      for (let col = 0; col < 28; col++) {
        const index =
          shown
            .getLine(row >> 1)
            ?.getCell(col)
            ?.getFgColor() ?? -1;
        const grey = index === 16 ? 0 : index === 231 ? 255 : 8 + (index - 232) * 10;
        expect(Math.abs(grey - (picture(0).pixels[row * 28 + col] ?? -99))).toBeLessThanOrEqual(9);
      }
    }
  });

  test('in ASCII has no escape byte', () => {
    const text = renderGrid([picture(0), picture(1)], { width: 80, mode: 'ascii', columns: 2 });
    expect(text).toMatch(/^[\x20-\x7e\n]+$/);
    expect(text).toMatch(/[@%#]/);
  });

  test('grids never make a line wider than the terminal, and show every picture with its name', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 20 }),
        fc.constantFrom(...COLOUR_MODES),
        (width, columns, count, mode) => {
          const text = renderGrid(
            Array.from({ length: count }, (_, i) => picture(i, `n${i}`)),
            { width, mode, columns },
          );
          for (const line of text.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(width);
          if (width >= 14) for (let i = 0; i < count; i++) expect(text).toContain(`n${i}`);
        },
      ),
    );
  });
});

describe('what a stream can show', () => {
  const terminal = Object.assign(new Sink(), { isTTY: true });
  test.each([
    [{ TERM: 'xterm-256color', COLORTERM: 'truecolor' }, 'truecolor'],
    [{ TERM: 'xterm-256color', COLORTERM: 'truecolor', NO_COLOR: '1' }, 'ascii'],
    [{ TERM: 'xterm-256color', COLORTERM: 'truecolor', FORCE_COLOR: '0' }, 'ascii'],
    [{ TERM: 'dumb', COLORTERM: 'truecolor' }, 'ascii'],
    [{ FORCE_COLOR: '2' }, '256'],
    [{ FORCE_COLOR: '3' }, 'truecolor'],
  ] as const)('a terminal with %o: %s', (env, mode) => {
    expect(colourMode(terminal, env)).toBe(mode);
  });

  test('a pipe gets ASCII unless colour is forced', () => {
    expect(colourMode(new Sink(), { COLORTERM: 'truecolor' })).toBe('ascii');
    expect(colourMode(new Sink(), { FORCE_COLOR: '3' })).toBe('truecolor');
  });
});

describe('a picture as PNG', () => {
  test('holds every pixel of every picture, enlarged, with ink where the names are', () => {
    const pictures = Array.from({ length: 6 }, (_, i) => picture(i, 'Ankle boot'));
    const png = PNG.sync.read(renderPng(pictures, { columns: 4, scale: 6 }));
    const grey = (x: number, y: number) => png.data[(y * png.width + x) * 4];
    expect(png.width).toBe(12 + 4 * (168 + 12));
    for (let row = 0; row < 28; row++) {
      for (let col = 0; col < 28; col++) {
        const pixel = row * 28 + col;
        expect(grey(12 + col * 6 + 3, 12 + row * 6 + 3)).toBe(pictures[0]?.pixels[pixel]);
        expect(grey(12 + 180 + col * 6, 12 + 168 + 22 + 12 + row * 6 + 5)).toBe(pictures[5]?.pixels[pixel]);
      }
    }
    const underFirst = Array.from({ length: 168 * 16 }, (_, i) => grey(12 + (i % 168), 180 + 4 + Math.floor(i / 168)));
    expect(underFirst.filter((value) => value === 32).length).toBeGreaterThan(100);
  });
});

describe('a picture in colour', () => {
  const pixels = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 250, 250, 250);
  const image: Picture = { shape: [2, 2, 3], pixels };

  test('keeps its colours in truecolor, and the nearest of the cube and the greys in 256', () => {
    const [line] = renderGrid([image], { width: 80, mode: 'truecolor', columns: 1 }).split('\n');
    expect(line).toContain('\x1b[38;2;255;0;0;48;2;0;0;255m▀');
    expect(line).toContain('\x1b[38;2;0;255;0;48;2;250;250;250m▀');
    const [cube] = renderGrid([image], { width: 80, mode: '256', columns: 1 }).split('\n');
    expect(cube).toContain('\x1b[38;5;196;48;5;21m▀');
    expect(cube).toContain('\x1b[38;5;46;48;5;231m▀');
  });

  test('has its colours in a PNG', () => {
    const png = PNG.sync.read(renderPng([image], { columns: 1, scale: 2 }));
    const at = (x: number, y: number) => [...png.data.subarray(4 * (y * png.width + x), 4 * (y * png.width + x) + 3)];
    expect([at(12, 12), at(14, 12), at(13, 14), at(15, 15)]).toEqual([
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [250, 250, 250],
    ]);
  });
});

test('a picture made smaller keeps its mean', () => {
  const small = resize(picture(3), 13, 13);
  const mean = (pixels: Uint8Array) => pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
  expect(mean(small.pixels)).toBeCloseTo(mean(picture(3).pixels), 0);
});
