import { basename, extname } from 'node:path';

/** Control characters, and those that turn the direction of writing, which make text lie. */
const STEERING = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * The text with control characters as `\u…`: what came from a file or an argument must neither break a line nor
 * steer the terminal.
 */
export function printable(text: string): string {
  return text.replace(STEERING, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A file's name as that of something else: letters, digits, `_`, `-` and what `others` lists, 64 at most; perhaps none. */
export function nameOfFile(path: string, others = ''): string {
  return basename(path, extname(path))
    .replace(new RegExp(`[^A-Za-z0-9_${others}-]`, 'g'), '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 64);
}

/** 45000 → `45,000`; 1234.5 and 2 decimals → `1,234.50`. `toLocaleString` takes 12 ms to set up, of the 200 of a summary. */
export function grouped(value: number, decimals = 0): string {
  return value.toFixed(decimals).replaceAll(/\B(?<!\.\d*)(?=(?:\d{3})+(?!\d))/g, ',');
}
