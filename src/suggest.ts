import { closestMatch } from 'leven';

/** ` Did you mean "x"?`, or nothing when no candidate is near what was typed. */
export function didYouMean(typed: string, candidates: readonly string[]): string {
  const match = closest(typed, candidates);
  return match === undefined ? '' : `. Did you mean "${match}"?`;
}

/** The candidate that was perhaps meant: the same letters, one with few changes, or one that begins so. */
export function closest(typed: string, candidates: readonly string[]): string | undefined {
  if (typed.length < 2) return undefined;
  const folded = fold(typed);
  const sameLetters = candidates.find((candidate) => fold(candidate) === folded);
  if (sameLetters !== undefined) return sameLetters;
  // Whoever types a word wrong seldom misses by more than a third of it.
  const maxDistance = Math.max(2, Math.ceil(typed.length / 3));
  const near = closestMatch(typed.slice(0, 100), [...candidates], { maxDistance });
  return near ?? candidates.find((candidate) => folded.length > 2 && fold(candidate).startsWith(folded));
}

/** conv_2d, Conv2D and conv2d are one word to a person. */
function fold(word: string): string {
  return word.toLowerCase().replace(/[^a-z0-9]/g, '');
}
