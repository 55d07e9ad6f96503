/** Colours of a chart by their meaning. */
export interface Theme {
  readonly ink: string;
  readonly soft: string;
  readonly grid: string;
  readonly ground: string;
  /** Training and validation, and what else comes beside them: tell-apart pairs of Okabe and Ito's palette. */
  readonly series: readonly string[];
  /** A share of 0 … 1 as a colour from the worst to the best. */
  merit(share: number): string;
  /** A share of 0 … 1 as a shade, hits and mistakes. */
  shade(share: number, correct: boolean): string;
  /** Writing on a shade. */
  onShade(share: number): string;
  readonly font: string;
}

/** Shades from which on dark writing cannot be read any more. */
const STRONG = 0.5;

/** Okabe and Ito's colours (https://jfly.uni-koeln.de/color/), those that stand out from white. */
const LIGHT = {
  ink: '#1f2328',
  soft: '#57606a',
  grid: '#d8dee4',
  ground: '#ffffff',
  series: ['#0072b2', '#d55e00', '#007a5a', '#a8447f', '#000000', '#8a7000'],
  hit: [0, 90, 150],
  miss: [190, 70, 0],
} as const;

const FONT = "Inter, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif";

/** For a file that stands alone: dark on white, as it will be printed. */
export const FILE_THEME: Theme = {
  ...LIGHT,
  merit: (share) => mixed(LIGHT.hit, share, LIGHT.miss),
  shade: (share, correct) => mixed(correct ? LIGHT.hit : LIGHT.miss, depth(share)),
  onShade: (share) => (depth(share) > STRONG ? '#ffffff' : LIGHT.ink),
  font: FONT,
};

/** For a page: its style sheet says what the names mean, by day, by night and on paper. */
export const PAGE_THEME: Theme = {
  ink: 'var(--ink)',
  soft: 'var(--soft)',
  grid: 'var(--grid)',
  ground: 'var(--ground)',
  series: [1, 2, 3, 4, 5, 6].map((n) => `var(--series-${n})`),
  merit: (share) => `color-mix(in oklab, var(--series-1) ${(share * 100).toFixed(1)}%, var(--series-2))`,
  shade: (share, correct) =>
    `color-mix(in srgb, var(--${correct ? 'hit' : 'miss'}) ${(depth(share) * 100).toFixed(1)}%, var(--ground))`,
  onShade: (share) => (depth(share) > STRONG ? 'var(--on-shade)' : 'var(--ink)'),
  font: FONT,
};

const WHITE = [255, 255, 255] as const;

/** Square root, so that a confusion of a few per cent is still seen. */
function depth(share: number): number {
  return Math.sqrt(Math.min(1, Math.max(0, share)));
}

function mixed(colour: readonly number[], share: number, ground: readonly number[] = WHITE): string {
  const hex = (value: number, i: number) =>
    Math.round((ground[i] ?? 0) + (value - (ground[i] ?? 0)) * share)
      .toString(16)
      .padStart(2, '0');
  return `#${colour.map(hex).join('')}`;
}
