/**
 * The text with control characters as `\u…`: what came from a file or an argument must neither break a line nor
 * steer the terminal.
 */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
