import { escapeHtml } from '../charts/chart.js';

/** HTML that is ready: what is put into {@link html} as text is escaped, this is not. */
export class Markup {
  constructor(readonly text: string) {}
}

type Piece = string | number | Markup | null | undefined | false | readonly Piece[];

/** A template of HTML in which every value is text unless it is markup itself. */
export function html(parts: TemplateStringsArray, ...values: readonly Piece[]): Markup {
  return new Markup(parts.map((part, i) => part + (i < values.length ? piece(values[i]) : '')).join(''));
}

function piece(value: Piece): string {
  if (value instanceof Markup) return value.text;
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'object') return value.map(piece).join('');
  return escapeHtml(String(value));
}

/** A path that may be broken after its dots: `optimizer.` `learningRate`. */
export function breakable(path: string): Markup {
  return html`${path.split(/(?<=[.])/).map((part, i) => (i === 0 ? part : html`<wbr>${part}`))}`;
}

/** JSON within a script element, which ends at the first `</script` whatever stands around it. */
export function jsonScript(value: unknown): Markup {
  return new Markup(
    JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}
