import { closestMatch } from 'leven';

/** ` Did you mean "x"?`, or nothing when no candidate is near what was typed. */
export function didYouMean(typed: string, candidates: readonly string[]): string {
  if (typed.length < 2) return '';
  // Whoever types a word wrong seldom misses by more than a third of it.
  const maxDistance = Math.max(2, Math.ceil(typed.length / 3));
  const sameLetters = candidates.find((candidate) => fold(candidate) === fold(typed));
  const match = sameLetters ?? closestMatch(typed.slice(0, 100), [...candidates], { maxDistance });
  return match === undefined ? '' : `. Did you mean "${match}"?`;
}

/** conv_2d, Conv2D and conv2d are one word to a person. */
function fold(word: string): string {
  return word.toLowerCase().replace(/[^a-z0-9]/g, '');
}
