import { colourLevel } from './palette.js';
import type { Environment, OutStream } from './streams.js';

export const COLOUR_MODES = ['truecolor', '256', 'ascii'] as const;
/** How grey pixels become characters. */
export type ColourMode = (typeof COLOUR_MODES)[number];

/** What the stream can show of a picture; 16 colours have too few greys. */
export function colourMode(stream: OutStream, env: Environment): ColourMode {
  const level = colourLevel(stream, env);
  return level === 3 ? 'truecolor' : level === 2 ? '256' : 'ascii';
}

const RESET = '\x1b[0m';
/** From black to white by the ink of the character, for light text on a dark ground. */
const RAMP = ' .:-=+*#%@';

/** Two pixels above each other in one character: `▀` in the upper one's colour on the lower one's. */
export function toHalfBlocks(
  pixels: Uint8Array,
  width: number,
  height: number,
  mode: Exclude<ColourMode, 'ascii'>,
): string[] {
  const colour = mode === 'truecolor' ? rgb : indexed;
  const lines: string[] = [];
  for (let row = 0; row < height; row += 2) {
    let line = '';
    let current = '';
    for (let col = 0; col < width; col++) {
      const upper = pixels[row * width + col] ?? 0;
      // The lower half of an odd last row stays the terminal's own ground.
      const lower = row + 1 < height ? `;48;${colour(pixels[(row + 1) * width + col] ?? 0)}` : '';
      const style = `\x1b[38;${colour(upper)}${lower}m`;
      line += style === current ? '▀' : `${style}▀`;
      current = style;
    }
    lines.push(`${line}${RESET}`);
  }
  return lines;
}

function rgb(grey: number): string {
  return `2;${grey};${grey};${grey}`;
}

/** xterm's 24 greys run from 8 to 238 in steps of 10; black and white stand in the colour cube. */
function indexed(grey: number): string {
  if (grey < 4) return '5;16';
  if (grey > 246) return '5;231';
  return `5;${232 + Math.min(23, Math.max(0, Math.round((grey - 8) / 10)))}`;
}

/** The mean of two pixels above each other as one character, since characters are twice as tall as wide. */
export function toAscii(pixels: Uint8Array, width: number, height: number): string[] {
  const lines: string[] = [];
  for (let row = 0; row < height; row += 2) {
    let line = '';
    for (let col = 0; col < width; col++) {
      const upper = pixels[row * width + col] ?? 0;
      const lower = row + 1 < height ? (pixels[(row + 1) * width + col] ?? 0) : upper;
      line += RAMP[Math.min(RAMP.length - 1, Math.floor((((upper + lower) / 2) * RAMP.length) / 256))] ?? ' ';
    }
    lines.push(line);
  }
  return lines;
}
