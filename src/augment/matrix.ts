import type { TransformParameters } from './parameters.js';
import type { ImageSize } from './ranges.js';

/** Numbers of one transform, as TensorFlow's ImageProjectiveTransformV3 takes them. */
export const TRANSFORM_LENGTH = 8;

/**
 * An affine map from output to input pixels, with x the column and y the row:
 * xIn = a0·x + a1·y + a2, yIn = a3·x + a4·y + a5. The two projective terms a6, a7 are 0.
 */
export type Affine = readonly [a0: number, a1: number, a2: number, a3: number, a4: number, a5: number];

/**
 * The map that Keras' `apply_affine_transform` samples along, with the flip folded in. docs/training-semantics.md derives it:
 * L = [[zx·cosθ, −zy·sin(θ+φ)], [zx·sinθ, zy·cos(θ+φ)]], t = (cosθ·tx − sinθ·ty, sinθ·tx + cosθ·ty), o = t + c − L·c.
 *
 * Keras ≥ 2.9 exchanges rows and columns on the way in and out, so that its *height* shift moves columns; the older
 * keras-preprocessing does not, and has its centre half a pixel beyond the middle.
 */
export function kerasAffine(parameters: TransformParameters, size: ImageSize, legacy: boolean): Affine {
  const { tx, ty, zx, zy, flip } = parameters;
  const theta = radians(parameters.theta);
  const sheared = theta + radians(parameters.shear);
  const cos = Math.cos(theta);
  const sin = Math.sin(theta);
  const l00 = zx * cos;
  const l01 = -zy * Math.sin(sheared);
  const l10 = zx * sin;
  const l11 = zy * Math.cos(sheared);
  const half = legacy ? 0.5 : -0.5;
  const c0 = size.height / 2 + half;
  const c1 = size.width / 2 + half;
  const o0 = cos * tx - sin * ty + c0 - (l00 * c0 + l01 * c1);
  const o1 = sin * tx + cos * ty + c1 - (l10 * c0 + l11 * c1);
  const affine: Affine = legacy ? [l11, l10, o1, l01, l00, o0] : [l00, l01, o0, l10, l11, o1];
  return flip ? flipped(affine, size.width) : affine;
}

/**
 * The same map, with its output mirrored left to right. A mirror only renames output columns, so reading column
 * W−1−x is exactly the transform followed by the flip.
 */
export function flipped([a0, a1, a2, a3, a4, a5]: Affine, width: number): Affine {
  return [-a0, a1, a2 + a0 * (width - 1), -a3, a4, a5 + a3 * (width - 1)];
}

/** Puts a map into row `index` of an [N, 8] array of transforms. */
export function setTransform(transforms: Float32Array, index: number, affine: Affine): void {
  transforms.set(affine, index * TRANSFORM_LENGTH);
}

/** Keras converts with numpy's deg2rad. */
export function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
