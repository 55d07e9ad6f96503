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
    return unknownKeys(issue.keys, keysAt(schema, raw, issue.path)).map(
      ({ key, suggestion }) => `${formatPath([...issue.path, key], top)}: unknown key${suggestion}`,
    );
  }
  const inBranch = problemsOfBranch(schema, raw, issue, top);
  if (inBranch !== undefined) return inBranch;
  const found = at(raw, issue.path);
  const where = formatPath(issue.path, top);
  const wanted = describeWanted(issue);
  if (found === undefined) return [`${where}: is missing; it ${wanted}`];
  const meant = typeof found === 'string' ? closest(found, choicesOf(issue)) : undefined;
  const shown = meant === undefined ? blockMeant(schema, raw, issue, found) : `"${meant}"`;
  const problem = `${where}: ${wanted}, but is ${show(found)}${shown === undefined ? '' : `. Did you mean ${shown}?`}`;
  return [problem, ...(meant === undefined ? [] : problemsOfMeant(schema, raw, issue, meant, top))];
}

/** Each with what was perhaps meant; the last one that is like no other with all that there are. */
function unknownKeys(keys: readonly string[], known: readonly string[]) {
  const suggested = keys.map((key) => ({ key, suggestion: didYouMean(key, known) }));
  const last = suggested.findLastIndex(({ suggestion }) => suggestion === '');
  const all = known.length > 0 ? `. Known keys: ${known.join(', ')}` : '';
  return suggested.map((one, i) => (i === last ? { ...one, suggestion: all } : one));
}

/** `{ "type": "adam" }` where `"adam"` stands, as in Keras. */
function blockMeant(schema: z.core.$ZodType, raw: unknown, issue: Issue, found: unknown): string | undefined {
  const union = typeof found === 'string' ? schemaAt(schema, raw, issue.path) : undefined;
  if (typeof found !== 'string' || !(union instanceof z.ZodDiscriminatedUnion)) return undefined;
  const { discriminator } = union.def;
  const [unmatched] = union.safeParse({}).error?.issues ?? [];
  const meant = unmatched && closest(found, choicesOf(unmatched));
  return meant === undefined ? undefined : `{ "${discriminator}": "${meant}" }`;
}

/** What is wrong with a value that one of several forms is meant for, by its kind; undefined where none is. */
function problemsOfBranch(schema: z.core.$ZodType, raw: unknown, issue: Issue, top: string): string[] | undefined {
  // One that says in its own words what it takes has said all.
  if (issue.code !== 'invalid_union' || issue.message !== ANY_UNION || choicesOf(issue).length > 0) return undefined;
  const union = schemaAt(schema, raw, issue.path);
  const meant = issue.errors.findIndex((issues) => !issues.some(isOtherKind));
  const [option, issues] = [union instanceof z.ZodUnion ? union.options[meant] : undefined, issue.errors[meant]];
  if (option === undefined || issues === undefined) return undefined;
  return placed(describeIssues(option, at(raw, issue.path), issues, ''), formatPath(issue.path, top));
}

/** zod's words for a union that has none of its own. */
const ANY_UNION = 'Invalid input';

function isOtherKind({ code, path }: Issue): boolean {
  return code === 'invalid_type' && path.length === 0;
}

/** What else is wrong with a block of an unknown type, taken for the type that was perhaps meant. */
function problemsOfMeant(schema: z.core.$ZodType, raw: unknown, issue: Issue, meant: string, top: string): string[] {
  const path = issue.path.slice(0, -1);
  const union = issue.code === 'invalid_union' ? schemaAt(schema, raw, path) : undefined;
  if (!(union instanceof z.ZodDiscriminatedUnion)) return [];
  const block = { ...Object(at(raw, path)), [union.def.discriminator]: meant };
  const issues = union.safeParse(block).error?.issues ?? [];
  return placed(describeIssues(union, block, issues, ''), formatPath(path, top));
}

/** Problems within a block, with the place of the block before theirs. */
function placed(problems: readonly string[], place: string): string[] {
  if (place === '') return [...problems];
  return problems.map((problem) => (/^[[:]/.test(problem) ? `${place}${problem}` : `${place}.${problem}`));
}

function describeWanted(issue: Issue): string {
  const choices = choicesOf(issue);
  if (choices.length > 0) return `must be ${choices.length > 1 ? 'one of ' : ''}${choices.join(', ')}`;
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${article(issue.expected)}`;
    case 'too_small':
      if (issue.origin === 'array' && issue.message.startsWith('must')) return issue.message;
      return `must ${verb(issue)} ${issue.inclusive ? 'at least' : 'above'} ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'array' && issue.message.startsWith('must')) return issue.message;
      return `must ${verb(issue)} ${issue.inclusive ? 'at most' : 'below'} ${issue.maximum}`;
    case 'invalid_union': {
      const kinds = issue.errors.flatMap((issues) => issues.flatMap((one) => ('expected' in one ? one.expected : [])));
      return issue.message === ANY_UNION ? `must be ${kinds.map(article).join(' or ')}` : issue.message;
    }
    default:
      return issue.message;
  }
}

function verb({ origin }: { readonly origin: string }): string {
  return origin === 'array' ? 'hold' : 'be';
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
  record: 'an object {…}',
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
  // 1e999 is infinite, which JSON has no word for.
  const text = printable(typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value)));
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
