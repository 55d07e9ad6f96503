import type { Terminal } from './terminal.js';

const CELL = { width: 8.4, height: 16 };
const FONT = "'DejaVu Sans Mono','Cascadia Mono',Menlo,Consolas,monospace";
const GROUND = '#101418';
const TEXT = '#d8dee4';
const MARGIN = 14;
/** The first 16 colours; the rest of the 256 follow xterm's rule. */
const BASIC = [
  ...['#1c1f24', '#e06c75', '#98c379', '#d7a65f', '#61a0ef', '#c678dd', '#56b6c2', '#c8ccd4'],
  ...['#5c6370', '#ff7b86', '#a9d88b', '#e8bb73', '#7ab8ff', '#d894ec', '#6fd0dc', '#ffffff'],
];

type Emulator = Terminal['emulator'];
type Cell = NonNullable<ReturnType<NonNullable<ReturnType<Emulator['buffer']['active']['getLine']>>['getCell']>>;

/** The emulator's screen as an SVG picture: every cell in its place, with its colours. */
export function screenshot({ emulator }: Terminal): string {
  const { cols, rows } = emulator;
  const lines = Array.from({ length: rows }, (_, y) => line(emulator, y));
  const used = lines.findLastIndex((pieces) => pieces !== '') + 1;
  const [width, height] = [cols * CELL.width + 2 * MARGIN, used * CELL.height + 2 * MARGIN];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<rect width="100%" height="100%" rx="8" fill="${GROUND}"/>`,
    `<g font-family="${FONT}" font-size="14" fill="${TEXT}">`,
    ...lines.filter((pieces) => pieces !== ''),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** Neighbours of one style as one piece; blanks need none. */
function line(emulator: Emulator, y: number): string {
  const { active } = emulator.buffer;
  const buffer = active.getLine(active.baseY + y);
  const pieces: string[] = [];
  let text = '';
  let start = 0;
  let style = '';
  const flush = (end: number) => {
    pieces.push(piece(text, start, y, style));
    [text, start] = ['', end];
  };
  for (let x = 0; x < emulator.cols; x++) {
    const cell = buffer?.getCell(x);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const own = styleOf(cell);
    if (own !== style) flush(x);
    style = own;
    text += cell.getChars() || ' ';
  }
  flush(emulator.cols);
  return pieces.join('');
}

/** Its words apart where more than one blank is between them: SVG readers fold blanks, and would stretch the rest. */
function piece(text: string, x: number, y: number, style: string): string {
  const top = (MARGIN + (y + 0.78) * CELL.height).toFixed(1);
  return [...text.matchAll(/\S+(?: \S+)*/g)]
    .map(({ 0: words, index }) => {
      const left = (MARGIN + (x + index) * CELL.width).toFixed(1);
      const length = ([...words].length * CELL.width).toFixed(1);
      return `<text x="${left}" y="${top}" textLength="${length}"${style}>${escaped(words)}</text>`;
    })
    .join('');
}

function styleOf(cell: Cell): string {
  const colour = cell.isFgRGB()
    ? `#${cell.getFgColor().toString(16).padStart(6, '0')}`
    : cell.isFgPalette()
      ? palette(cell.getFgColor())
      : undefined;
  return [
    colour === undefined ? '' : ` fill="${colour}"`,
    cell.isBold() ? ' font-weight="bold"' : '',
    cell.isDim() ? ' opacity="0.6"' : '',
  ].join('');
}

function palette(index: number): string {
  if (index < 16) return BASIC[index] ?? TEXT;
  if (index >= 232) return `rgb(${[1, 1, 1].map(() => 8 + (index - 232) * 10).join()})`;
  const levels = [0, 95, 135, 175, 215, 255];
  const cube = index - 16;
  return `rgb(${[Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((i) => levels[i] ?? 0).join()})`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
