import type { NativeEngine } from '../engine/native/binding/engines.js';
import { wrapBehind } from './lines.js';

/** The versions of what runs here. */
export interface Versions {
  readonly fmnist: string;
  readonly node: string;
  readonly platform: string;
  readonly arch: string;
  readonly engines: readonly NativeEngine[];
}

/** What `fmnist --version` prints: the tool, Node, and the native engines that are set up. A line each, name first. */
export function renderVersions({ fmnist, node, platform, arch, engines }: Versions, width: number): string[] {
  const lines = engines.flatMap(({ tensorflow, variant, folder }) =>
    wrapBehind('engine ', `TensorFlow ${tensorflow} (${variant.toUpperCase()}) in ${folder}`, width),
  );
  const none = 'engine not set up yet: $0 setup, or the first $0 train, does it';
  return [`fmnist ${fmnist}`, `node ${node} (${platform} ${arch})`, ...(lines.length > 0 ? lines : [none])];
}
