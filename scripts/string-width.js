// Columns of a text, as string-width counts them. Its tables of graphemes and emoji take 30 ms to set up, of the 100 in
// which a help page should be there: they are loaded for the first text that needs them.

/** Latin, punctuation, box drawing, blocks and braille: a column each. No accents that join what stands before them. */
const NARROW = /^[ -~\xA1-\xAC\xAE-\u02FF\u2010-\u2027\u2500-\u259F\u2800-\u28FF]*$/;

export default function stringWidth(text, options) {
  return NARROW.test(text) ? text.length : require('string-width').default(text, options);
}
