import type { SyntheticDataset } from '../datasets/spec.js';
import { synthetic } from '../datasets/synthetic.js';
import type { LabelledImages } from '../image.js';
import { type Random, seededRandom } from '../random.js';

const [HEIGHT, WIDTH] = synthetic.imageShape;
const IMAGE_SIZE = HEIGHT * WIDTH;

const SEED = 28;
const CELL = 4;
const MAX_SHIFT = 2;
const NOISE = 60;

/**
 * Each class is a coarse random pattern of its own, drawn with a random shift, brightness and noise. Always the same
 * bytes; a convolutional network learns it in a few hundred steps.
 */
export function drawSynthetic({ classes, trainCount, testCount }: SyntheticDataset) {
  const patterns = classes.map((_, label) => pattern(seededRandom(SEED, 'synthetic', 'pattern', label)));
  return {
    train: drawImages(trainCount, patterns, seededRandom(SEED, 'synthetic', 'train')),
    test: drawImages(testCount, patterns, seededRandom(SEED, 'synthetic', 'test')),
  };
}

/** Brightness of each cell of a 7×7 grid. */
function pattern(random: Random): Float64Array {
  return Float64Array.from({ length: (HEIGHT / CELL) * (WIDTH / CELL) }, () =>
    random.uniform(0, 1) < 0.5 ? 0 : random.uniform(0.5, 1),
  );
}

function drawImages(count: number, patterns: readonly Float64Array[], random: Random): LabelledImages {
  const images = new Uint8Array(count * IMAGE_SIZE);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const label = i % patterns.length;
    labels[i] = label;
    drawImage(images.subarray(i * IMAGE_SIZE, (i + 1) * IMAGE_SIZE), patterns[label] ?? new Float64Array(), random);
  }
  return { images, labels };
}

function drawImage(image: Uint8Array, cells: Float64Array, random: Random): void {
  const down = random.below(2 * MAX_SHIFT + 1) - MAX_SHIFT;
  const right = random.below(2 * MAX_SHIFT + 1) - MAX_SHIFT;
  const brightness = random.uniform(120, 255);
  for (let row = 0; row < HEIGHT; row++) {
    for (let col = 0; col < WIDTH; col++) {
      const cellRow = Math.floor((row - down) / CELL);
      const cellCol = Math.floor((col - right) / CELL);
      const inside = cellRow >= 0 && cellRow < HEIGHT / CELL && cellCol >= 0 && cellCol < WIDTH / CELL;
      const cell = inside ? (cells[cellRow * (WIDTH / CELL) + cellCol] ?? 0) : 0;
      const value = cell * brightness + random.uniform(-NOISE, NOISE);
      image[row * WIDTH + col] = Math.min(255, Math.max(0, Math.round(value)));
    }
  }
}
