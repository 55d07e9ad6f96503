import type { Random } from '../random.js';
import type { AugmentationRanges, ImageSize } from './ranges.js';

/** One image's drawn transform, in Keras' terms. */
export interface TransformParameters {
  /** Rotation in degrees. */
  readonly theta: number;
  /** Shifts in pixels: `tx` is drawn from the height's range, `ty` from the width's, as in Keras. */
  readonly tx: number;
  readonly ty: number;
  /** Shear in degrees. */
  readonly shear: number;
  /** Zooms; above 1 shrinks, since they scale from the output to the input. */
  readonly zx: number;
  readonly zy: number;
  /** Whether the result is mirrored left to right. */
  readonly flip: boolean;
}

/**
 * Draws one transform, in the order of Keras' `get_random_transform`. Always seven numbers from the stream, so
 * that the n-th image's transform does not depend on the ranges of the others.
 */
export function drawParameters(random: Random, ranges: AugmentationRanges, size: ImageSize): TransformParameters {
  const around = (range: number) => random.uniform(-range, range);
  return {
    theta: around(ranges.rotationRange),
    tx: around(ranges.heightShiftRange) * size.height,
    ty: around(ranges.widthShiftRange) * size.width,
    shear: around(ranges.shearRange),
    zx: 1 + around(ranges.zoomRange),
    zy: 1 + around(ranges.zoomRange),
    flip: random.uniform(0, 1) < 0.5 && ranges.horizontalFlip,
  };
}
