import { UsageError } from '../../errors.js';

const FORM = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/((?:[\w.-]+\/)*[\w.-]+))?\/?$/;

/** @throws UsageError for what names no bucket */
export function requireStoreUrl(url: string): string {
  if (FORM.test(url)) return url;
  throw new UsageError('--store must name a bucket like s3://BUCKET or s3://BUCKET/PREFIX');
}

/** What a URL that {@link requireStoreUrl} let through names; a prefix ends in a slash. */
export function bucketOf(url: string): { readonly name: string; readonly prefix: string } {
  const [, name = '', prefix] = FORM.exec(url) ?? [];
  return { name, prefix: prefix === undefined ? '' : `${prefix}/` };
}
