import * as z from 'zod';
import { closest, didYouMean } from '../suggest.js';
import { printable } from '../text.js';
import { at, keysAt, schemaAt } from './schema-keys.js';

type Issue = z.core.$ZodIssue;

/**
 * Each of zod's issues as one line for a person: where, what is wrong, what was found, what was perhaps meant. `top` is
 * what the value as a whole is called.
 */
export function describeIssues(schema: z.core.$ZodType, raw: unknown, issues: readonly Issue[], top: string): string[] {
  return issues.flatMap((issue) => describeIssue(schema, raw, issue, top));
}

function describeIssue(schema: z.core.$ZodType, raw: unknown, issue: Issue, top: string): string[] {
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, raw, issue.path);
    return issue.keys.map((key) => {
      const suggestion = didYouMean(key, known) || (known.length > 0 ? `. Known keys: ${known.join(', ')}` : '');
      return `${formatPath([...issue.path, key], top)}: unknown key${suggestion}`;
    });
  }
  const found = at(raw, issue.path);
  const where = formatPath(issue.path, top);
  const wanted = describeWanted(issue);
  if (found === undefined) return [`${where}: is missing; it ${wanted}`];
  const meant = typeof found === 'string' ? closest(found, choicesOf(issue)) : undefined;
  const problem = `${where}: ${wanted}, but is ${show(found)}${meant === undefined ? '' : `. Did you mean "${meant}"?`}`;
  return [problem, ...(meant === undefined ? [] : problemsOfMeant(schema, raw, issue, meant, top))];
}

/** What else is wrong with a block of an unknown type, taken for the type that was perhaps meant. */
function problemsOfMeant(schema: z.core.$ZodType, raw: unknown, issue: Issue, meant: string, top: string): string[] {
  const path = issue.path.slice(0, -1);
  const union = issue.code === 'invalid_union' ? schemaAt(schema, raw, path) : undefined;
  if (!(union instanceof z.ZodDiscriminatedUnion)) return [];
  const block = { ...Object(at(raw, path)), [union.def.discriminator]: meant };
  const issues = union.safeParse(block).error?.issues ?? [];
  const within = issues.flatMap((inner) => describeIssue(union, block, inner, ''));
  const place = formatPath(path, top);
  return within.map((problem) => (/^[[:]/.test(problem) ? `${place}${problem}` : `${place}.${problem}`));
}

function describeWanted(issue: Issue): string {
  const choices = choicesOf(issue);
  if (choices.length > 0) return `must be ${choices.length > 1 ? 'one of ' : ''}${choices.join(', ')}`;
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${article(issue.expected)}`;
    case 'too_small':
      return issue.origin === 'array' && issue.message.startsWith('must')
        ? issue.message
        : `must be ${issue.inclusive ? 'at least' : 'above'} ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'array' && issue.message.startsWith('must')) return issue.message;
      return `must ${issue.origin === 'array' ? 'hold' : 'be'} ${issue.inclusive ? 'at most' : 'below'} ${issue.maximum}`;
    default:
      return issue.message;
  }
}

function choicesOf(issue: Issue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  // zod adds the union's options to an unmatched discriminator, but not to its type.
  if (issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options)) {
    return issue.options.map(String);
  }
  return [];
}

const ARTICLES: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  object: 'an object {…}',
  array: 'a list […]',
};

function article(expected: string): string {
  return ARTICLES[expected] ?? expected;
}

/** `layers[2].kernelSize`; the top itself has a name, `config` for example. */
function formatPath(path: readonly PropertyKey[], top: string): string {
  const text = path.reduce<string>((soFar, key) => {
    if (typeof key === 'number') return `${soFar}[${key}]`;
    if (!/^[\w$]+$/.test(String(key))) return `${soFar || top}[${show(key)}]`;
    return soFar === '' ? String(key) : `${soFar}.${String(key)}`;
  }, '');
  return text === '' ? top : text;
}

/** The found value in short. */
function show(value: unknown): string {
  const text = printable(JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
