const STRING = /"(?:[^"\\]|\\.)*"/y;

/**
 * The first key that occurs twice in one object of a valid JSON text, or undefined. `JSON.parse` keeps the last of
 * them silently, other readers the first: a file that means two things cannot be trusted.
 */
export function duplicateKey(json: string): string | undefined {
  /** Keys of the objects around the cursor; null for an array. */
  const open: (Set<string> | null)[] = [];
  let at = 0;
  while (at < json.length) {
    const char = json[at];
    if (char === '"') {
      STRING.lastIndex = at;
      const literal = STRING.exec(json)?.[0];
      if (literal === undefined) return undefined;
      at += literal.length;
      const keys = open.at(-1);
      if (keys && isKey(json, at)) {
        const key: string = JSON.parse(literal);
        if (keys.has(key)) return key;
        keys.add(key);
      }
      continue;
    }
    if (char === '{') open.push(new Set());
    else if (char === '[') open.push(null);
    else if (char === '}' || char === ']') open.pop();
    at++;
  }
  return undefined;
}

function isKey(json: string, at: number): boolean {
  let next = at;
  while (/\s/.test(json[next] ?? '')) next++;
  return json[next] === ':';
}
