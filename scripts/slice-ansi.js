// A part of a coloured text, as slice-ansi cuts it: its expressions take 10 ms to set up, of the 100 in which a help page
// should be there. They are loaded for the first text that is cut.

export default function sliceAnsi(...args) {
  return require('slice-ansi').default(...args);
}
