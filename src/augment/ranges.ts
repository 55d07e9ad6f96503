/** How far copies may differ from their originals; names and meanings are those of Keras' ImageDataGenerator. */
export interface AugmentationRanges {
  /** Degrees either way. */
  readonly rotationRange: number;
  /** Zoom of each axis in [1 − z, 1 + z]. */
  readonly zoomRange: number;
  /** Degrees either way: Keras counts shear in degrees, so the book's 0.5 is half a degree, nearly nothing. */
  readonly shearRange: number;
  /** Part of the width, either way. */
  readonly widthShiftRange: number;
  /** Part of the height, either way. */
  readonly heightShiftRange: number;
  /** Mirrors half of the copies. */
  readonly horizontalFlip: boolean;
  /** The mapping of keras-preprocessing ≤ 1.1.2, which the book used, instead of Keras' own. */
  readonly legacy: boolean;
}

/** The book's. */
export const DEFAULT_AUGMENTATION: AugmentationRanges = {
  rotationRange: 10,
  zoomRange: 0.1,
  shearRange: 0.5,
  widthShiftRange: 0.1,
  heightShiftRange: 0.1,
  horizontalFlip: true,
  legacy: false,
};

export interface ImageSize {
  readonly height: number;
  readonly width: number;
}
