/** Deeper than any config or record nests; code that walks values by recursion is safe with it. */
const MOST_DEPTH = 100;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * What is wrong with a valid JSON text that `JSON.parse` does not tell: a key that occurs twice in one object (it
 * keeps the last silently, other readers the first: a file that means two things cannot be trusted), or nesting so deep
 * that whatever walks the value would overflow the stack. Undefined where nothing is. Takes any length.
 */
export function jsonProblem(json: string): string | undefined {
  /** Keys of the objects around the cursor; null for an array. */
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < json.length; at++) {
    switch (json.charCodeAt(at)) {
      case QUOTE: {
        const start = at;
        at = closingQuote(json, at);
        const keys = open.at(-1);
        if (!keys || !isKey(json, at + 1)) break;
        const key: string = JSON.parse(json.slice(start, at + 1));
        if (keys.has(key)) return `the key ${quote(key)} occurs twice`;
        keys.add(key);
        break;
      }
      case OPEN_BRACE:
        open.push(new Set());
        break;
      case OPEN_BRACKET:
        open.push(null);
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        open.pop();
        break;
    }
    if (open.length > MOST_DEPTH) return `it is nested more than ${MOST_DEPTH} levels deep`;
  }
  return undefined;
}

/** The value of a JSON text; undefined for what is none, or has a {@link jsonProblem}. */
export function parsePlainJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return jsonProblem(text) === undefined ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Where the string that begins at `start` ends; in valid JSON it always does. */
function closingQuote(json: string, start: number): number {
  let at = start + 1;
  for (; at < json.length; at++) {
    const char = json.charCodeAt(at);
    if (char === BACKSLASH) at++;
    else if (char === QUOTE) break;
  }
  return at;
}

function isKey(json: string, at: number): boolean {
  let next = at;
  while (SPACES.has(json.charCodeAt(next))) next++;
  return json.charCodeAt(next) === COLON;
}

/** A name from a file, safe and short enough for one line of a message. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 77)}...` : name);
}
