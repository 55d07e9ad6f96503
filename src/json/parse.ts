import { type JSONVisitor, printParseErrorCode, visit } from 'jsonc-parser';

/** Why a text is no JSON, and where, counted from 1. */
export class JsonSyntaxError extends Error {
  constructor(
    message: string,
    readonly line: number,
    readonly column: number,
  ) {
    super(`${message} at line ${line}, column ${column}`);
  }
}

/** What is wrong, by jsonc-parser's names of its errors. */
const WORDS: Readonly<Record<string, string>> = {
  InvalidSymbol: 'a word that JSON does not know',
  InvalidNumberFormat: 'a bad number',
  PropertyNameExpected: 'a key in double quotes is missing',
  ValueExpected: 'a value is missing',
  ColonExpected: 'a colon is missing',
  CommaExpected: 'a comma is missing',
  CloseBraceExpected: 'a closing } is missing',
  CloseBracketExpected: 'a closing ] is missing',
  EndOfFileExpected: 'something follows the end',
  UnexpectedEndOfComment: 'a comment does not end',
  UnexpectedEndOfString: 'a text does not end',
  UnexpectedEndOfNumber: 'a number does not end',
  InvalidUnicode: 'a bad \\u sequence',
  InvalidEscapeCharacter: 'a bad \\ sequence',
  InvalidCharacter: 'a bad character',
};

/**
 * Parses JSON that people write: comments and a comma after the last of several are no harm.
 *
 * @returns the value, and its text with blanks for them.
 * @throws JsonSyntaxError
 */
export function parseJson(text: string): { readonly value: unknown; readonly plain: string } {
  try {
    return { value: JSON.parse(text), plain: text };
  } catch (error) {
    const plain = plainJson(text, error);
    return { value: JSON.parse(plain), plain };
  }
}

function plainJson(text: string, error: unknown): string {
  const blanks: [offset: number, length: number][] = [];
  let comma: number | undefined;
  const more = () => {
    comma = undefined;
  };
  const closed = () => {
    if (comma !== undefined) blanks.push([comma, 1]);
    comma = undefined;
  };
  const visitor: JSONVisitor = {
    onComment: (offset, length) => blanks.push([offset, length]),
    onSeparator: (character, offset) => {
      if (character === ',') comma = offset;
    },
    onObjectBegin: more,
    onArrayBegin: more,
    onObjectProperty: more,
    onLiteralValue: more,
    onObjectEnd: closed,
    onArrayEnd: closed,
    onError: (code, offset) => {
      const name = printParseErrorCode(code);
      throw syntaxError(text, offset, WORDS[name] ?? name);
    },
  };
  try {
    visit(text, visitor, { allowTrailingComma: true });
  } catch (problem) {
    if (problem instanceof JsonSyntaxError) throw problem;
    // It goes by recursion, and brackets without end overflow the stack: what JSON.parse said must do.
    throw syntaxError(text, text.length, error instanceof Error ? error.message : String(error));
  }
  return blanks.reduce((soFar, [offset, length]) => blank(soFar, offset, offset + length), text);
}

/** Lines stay where they are. */
function blank(text: string, start: number, end: number): string {
  return text.slice(0, start) + text.slice(start, end).replace(/[^\r\n]/g, ' ') + text.slice(end);
}

function syntaxError(text: string, offset: number, message: string): JsonSyntaxError {
  const before = text.slice(0, offset).split('\n');
  return new JsonSyntaxError(message, before.length, (before.at(-1)?.length ?? 0) + 1);
}
