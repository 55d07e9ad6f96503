import type { Image } from '../image.js';
import { colourLevel } from './colour-level.js';
import type { Environment, OutStream } from './streams.js';

export const COLOUR_MODES = ['truecolor', '256', 'ascii'] as const;
/** How pixels become characters. */
export type ColourMode = (typeof COLOUR_MODES)[number];

/** What the stream can show of a picture; 16 colours have too few greys. */
export function colourMode(stream: OutStream, env: Environment): ColourMode {
  const level = colourLevel(stream, env);
  return level === 3 ? 'truecolor' : level === 2 ? '256' : 'ascii';
}

const RESET = '\x1b[0m';
/** From black to white by the ink of the character, for light text on a dark ground. */
const RAMP = ' .:-=+*#%@';

/** Red, green and blue, each 0 … 255. */
type Colour = readonly [red: number, green: number, blue: number];

/** The colour of a pixel: a grey image's one value three times. */
export function colourAt({ shape, pixels }: Image, row: number, column: number): Colour {
  const [, width, channels] = shape;
  const at = (row * width + column) * channels;
  const red = pixels[at] ?? 0;
  return channels === 1 ? [red, red, red] : [red, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0];
}

/** Two pixels above each other in one character: `▀` in the upper one's colour on the lower one's. */
export function toHalfBlocks(image: Image, mode: Exclude<ColourMode, 'ascii'>): string[] {
  const [height, width] = image.shape;
  const colour = mode === 'truecolor' ? rgb : indexed;
  const lines: string[] = [];
  for (let row = 0; row < height; row += 2) {
    let line = '';
    let current = '';
    for (let column = 0; column < width; column++) {
      const upper = colour(colourAt(image, row, column));
      // The lower half of an odd last row stays the terminal's own ground.
      const lower = row + 1 < height ? `;48;${colour(colourAt(image, row + 1, column))}` : '';
      const style = `\x1b[38;${upper}${lower}m`;
      line += style === current ? '▀' : `${style}▀`;
      current = style;
    }
    lines.push(`${line}${RESET}`);
  }
  return lines;
}

function rgb(colour: Colour): string {
  return `2;${colour.join(';')}`;
}

function indexed([red, green, blue]: Colour): string {
  return `5;${red === green && green === blue ? greyIndex(red) : cubeIndex([red, green, blue])}`;
}

/** xterm's 24 greys run from 8 to 238 in steps of 10; black and white stand in the colour cube. */
function greyIndex(grey: number): number {
  if (grey < 4) return 16;
  if (grey > 246) return 231;
  return 232 + Math.min(23, Math.max(0, Math.round((grey - 8) / 10)));
}

/** xterm's colour cube has six levels a channel: 0, then 95 to 255 in steps of 40. */
function cubeIndex(colour: Colour): number {
  const level = (value: number) => (value < 48 ? 0 : Math.max(1, Math.round((value - 55) / 40)));
  return colour.reduce((index, value) => 6 * index + level(value), 0) + 16;
}

/** The mean brightness of two pixels above each other as one character, since characters are twice as tall as wide. */
export function toAscii(image: Image): string[] {
  const [height, width] = image.shape;
  const lines: string[] = [];
  for (let row = 0; row < height; row += 2) {
    let line = '';
    for (let column = 0; column < width; column++) {
      const upper = brightness(colourAt(image, row, column));
      const lower = row + 1 < height ? brightness(colourAt(image, row + 1, column)) : upper;
      line += RAMP[Math.min(RAMP.length - 1, Math.floor((((upper + lower) / 2) * RAMP.length) / 256))] ?? ' ';
    }
    lines.push(line);
  }
  return lines;
}

function brightness([red, green, blue]: Colour): number {
  return (red + green + blue) / 3;
}
