import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, it } from 'vitest';

it('text that the bundle measures without string-width is as wide as string-width says', async () => {
  // A script of the build, which has no types.
  const script = new URL('../../scripts/string-width.js', import.meta.url).href;
  const { default: ours }: { default: (text: string) => number } = await import(script);
  const letters = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code));
  const measured = letters.filter((letter) => isMeasured(ours, letter));
  expect(measured.length).toBeGreaterThan(900);
  const text = fc.array(fc.constantFrom(...measured)).map((parts) => parts.join(''));
  fc.assert(fc.property(text, (line) => ours(line) === stringWidth(line)));
  expect(measured.filter((letter) => ours(letter) !== stringWidth(letter))).toEqual([]);
});

/** Outside the bundle there is no `require`, by which it would load string-width. */
function isMeasured(width: (text: string) => number, letter: string): boolean {
  try {
    return width(letter) >= 0;
  } catch {
    return false;
  }
}
