import type { AugmentationRanges } from '../augment/ranges.js';

/** `rotation ±10°`, `zoom ±10%` …: the ranges that do something. */
export function augmentationParts(ranges: AugmentationRanges): string[] {
  const percent = (share: number) => `±${Number((share * 100).toFixed(2))}%`;
  const parts = [
    ranges.rotationRange > 0 && `rotation ±${ranges.rotationRange}°`,
    ranges.zoomRange > 0 && `zoom ${percent(ranges.zoomRange)}`,
    ranges.shearRange > 0 && `shear ±${ranges.shearRange}°`,
    ranges.widthShiftRange > 0 && `width shift ${percent(ranges.widthShiftRange)}`,
    ranges.heightShiftRange > 0 && `height shift ${percent(ranges.heightShiftRange)}`,
    ranges.horizontalFlip && 'half mirrored',
    ranges.legacy && 'legacy mapping',
  ].filter((part) => part !== false);
  return parts.length === 0 ? ['nothing changes'] : parts;
}
