import { Chalk, type ChalkInstance } from 'chalk';
import type { ColourLevel } from './colour-level.js';

export type Style = (text: string) => string;

/**
 * Colours by their meaning. Training is blue and validation orange: the pair of Okabe and Ito's palette that people
 * with any colour blindness can tell apart. No meaning depends on colour alone: a shape or a word repeats it.
 */
export interface Palette {
  readonly level: ColourLevel;
  readonly train: Style;
  readonly validation: Style;
  readonly strong: Style;
  readonly dim: Style;
  readonly warning: Style;
  /** One after another for several runs in one chart: Okabe and Ito's, the most different first. */
  readonly series: readonly Style[];
}

export function palette(level: ColourLevel): Palette {
  const chalk = new Chalk({ level });
  // chalk's own styles join all their arguments: `lines.map(dim)` would print indices.
  const style =
    (chalkStyle: ChalkInstance): Style =>
    (text) =>
      chalkStyle(text);
  const series =
    level >= 2
      ? ['#56B4E9', '#E69F00', '#009E73', '#CC79A7', '#F0E442', '#D55E00'].map((colour) => chalk.hex(colour))
      : [chalk.blueBright, chalk.yellow, chalk.green, chalk.magenta, chalk.white, chalk.red];
  return {
    level,
    train: style(level >= 2 ? chalk.hex('#56B4E9') : chalk.blueBright),
    validation: style(level >= 2 ? chalk.hex('#E69F00') : chalk.yellow),
    strong: style(chalk.bold),
    dim: style(chalk.dim),
    warning: style(chalk.yellow),
    series: series.map(style),
  };
}
