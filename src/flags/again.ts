import type { FlagTable } from './define.js';

/** The words that set flags as they are set here, for a command to be typed next; what is as by default needs none. */
export function again(flags: FlagTable, args: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(flags).flatMap(([name, flag]) => {
    const value = args[name];
    if (value === undefined || value === flag.default) return [];
    if (typeof value === 'boolean') return [value ? `--${name}` : `--no-${name}`];
    return [value].flat().flatMap((each) => [`--${name}`, String(each)]);
  });
}
