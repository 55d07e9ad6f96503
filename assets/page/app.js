// The page that `fmnist export --format page` writes. It needs nothing but the files beside it.
import { prepareImage } from './prepare.js';

const { tf } = window;
const at = (id) => document.getElementById(id);

/** What computes, best first; each with what it takes to have it. */
const BACKENDS = [
  {
    name: 'webgpu',
    label: 'WebGPU',
    load: async () => {
      if (!(await navigator.gpu?.requestAdapter())) throw new Error('no WebGPU here');
      await script('vendor/tf-backend-webgpu.min.js');
    },
  },
  {
    name: 'wasm',
    label: 'WebAssembly',
    load: async () => {
      await script('vendor/tf-backend-wasm.min.js');
      tf.wasm.setWasmPaths('vendor/');
    },
  },
  { name: 'cpu', label: 'JavaScript', load: () => script('vendor/tf-backend-cpu.min.js') },
];

function script(src) {
  return new Promise((resolve, reject) => {
    const element = document.createElement('script');
    element.onload = resolve;
    element.onerror = () => reject(new Error(`${src} cannot be loaded`));
    element.src = src;
    document.head.append(element);
  });
}

/** The first backend on which the model runs. */
async function openModel(page) {
  const problems = [];
  for (const { name, label, load } of BACKENDS) {
    try {
      await load();
      if (!(await tf.setBackend(name))) throw new Error(`${label} does not start`);
      const model = await tf.loadLayersModel('model/model.json');
      await probabilitiesOf(model, page, new Uint8Array(page.shape.reduce((a, b) => a * b)));
      return { model, label };
    } catch (error) {
      problems.push(error.message);
    }
  }
  throw new Error(`The model does not run in this browser: ${problems.join('; ')}`);
}

async function probabilitiesOf(model, { shape, input }, image) {
  const [images, output] = tf.tidy(() => {
    const bytes = tf.tensor(image, [1, ...shape], 'int32');
    const images = input === 'bytes' ? bytes : tf.div(tf.cast(bytes, 'float32'), 255);
    return [images, model.predict(images)];
  });
  const probabilities = await output.data();
  tf.dispose([images, output]);
  return probabilities;
}

const page = await (await fetch('page.json')).json();
const [height, width, channels] = page.shape;
at('seen').width = width;
at('seen').height = height;
let latest = 0;
let classifier;

/** Shows a picture as the model sees it, and what the model makes of it. */
async function classify(image, changes, truth) {
  const turn = ++latest;
  paint(image);
  at('changes').textContent = changes.length > 0 ? changes.join(', ') : 'as the model sees it';
  const { model } = await classifier;
  if (turn !== latest) return;
  const started = performance.now();
  const probabilities = await probabilitiesOf(model, page, image);
  const milliseconds = performance.now() - started;
  if (turn !== latest) return;
  show(probabilities, milliseconds, truth);
}

function paint(image) {
  const pixels = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const [red, green = red, blue = red] = image.subarray(i * channels, (i + 1) * channels);
    pixels.data.set([red, green, blue, 255], 4 * i);
  }
  at('seen').getContext('2d').putImageData(pixels, 0, 0);
}

function show(probabilities, milliseconds, truth) {
  const ranked = [...probabilities].map((probability, i) => ({ name: page.classes[i], probability }));
  ranked.sort((a, b) => b.probability - a.probability);
  [...at('top').children].forEach((row, i) => {
    const { name, probability } = ranked[i];
    row.querySelector('.name').textContent = name;
    row.querySelector('i').style.width = `${probability * 100}%`;
    row.querySelector('output').textContent = `${(probability * 100).toFixed(1)} %`;
  });
  at('truth').textContent = truth === undefined ? '' : `it is: ${truth} ${truth === ranked[0].name ? '✔' : '✘'}`;
  at('time').textContent = `${milliseconds.toFixed(1)} ms`;
  document.body.dataset.top = ranked[0].name;
  document.body.dataset.answers = String(Number(document.body.dataset.answers ?? 0) + 1);
}

/** A picture of any size and kind, by way of a canvas. */
async function classifyPicture(blob) {
  at('problem').hidden = true;
  try {
    // Colours as they are stored: the model was tested on those.
    const options = { colorSpaceConversion: 'none', premultiplyAlpha: 'none' };
    const bitmap = await createImageBitmap(blob, options).catch(() => {
      throw new Error('This is no picture that the browser can read.');
    });
    select(undefined);
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d');
    context.drawImage(bitmap, 0, 0);
    await classifyPixels(context.getImageData(0, 0, bitmap.width, bitmap.height));
  } catch (error) {
    complain(error);
  }
}

async function classifyPixels({ width, height, data }) {
  const target = { imageShape: page.shape, onBlack: page.onBlack };
  const { image, changes } = prepareImage({ width, height, rgba: data }, target);
  await classify(image.pixels, changes);
}

function complain(error) {
  at('problem').textContent = error.message;
  at('problem').hidden = false;
}

// Test images: one is in the tab order, arrows go from one to the next.

const samples = at('samples');
const COLUMNS = 10;

async function showSamples() {
  const sheet = await createImageBitmap(await (await fetch('test-images.png')).blob());
  const canvas = new OffscreenCanvas(sheet.width, sheet.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(sheet, 0, 0);
  const place = (i) => [(i % COLUMNS) * width, Math.floor(i / COLUMNS) * height];
  samples.append(
    ...page.labels.map((label, i) => {
      const option = document.createElement('div');
      option.role = 'option';
      option.tabIndex = i === 0 ? 0 : -1;
      option.ariaSelected = 'false';
      option.ariaLabel = `Test image ${i}: ${page.classes[label]}`;
      option.title = page.classes[label];
      option.style.backgroundPosition = `${((i % COLUMNS) / 9) * 100}% ${(Math.floor(i / COLUMNS) / 9) * 100}%`;
      option.addEventListener('click', () => pick(i));
      return option;
    }),
  );
  function pick(i) {
    select(samples.children[i]);
    const { data } = context.getImageData(...place(i), width, height);
    const pixel = (value) => 4 * Math.floor(value / channels) + (value % channels);
    const image = Uint8Array.from({ length: width * height * channels }, (_, value) => data[pixel(value)]);
    classify(image, [], page.classes[page.labels[i]]).catch(complain);
  }
  samples.addEventListener('keydown', (event) => {
    const options = [...samples.children];
    const row = getComputedStyle(samples).gridTemplateColumns.split(' ').length;
    const steps = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: row,
      ArrowUp: -row,
      Home: -100,
      End: 100,
      Enter: 0,
      ' ': 0,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const from = options.indexOf(document.activeElement);
    const to = Math.min(Math.max(from + step, 0), options.length - 1);
    options[to].focus();
    pick(to);
  });
  return pick;
}

function select(option) {
  for (const other of samples.children) {
    other.ariaSelected = String(other === option);
    if (option !== undefined) other.tabIndex = other === option ? 0 : -1;
  }
}

// Files: chosen, dropped anywhere, pasted anywhere.

at('file').addEventListener('change', ({ target }) => {
  if (target.files[0]) void classifyPicture(target.files[0]);
  target.value = '';
});
addEventListener('dragover', (event) => {
  event.preventDefault();
  document.body.classList.add('over');
});
addEventListener('dragleave', () => document.body.classList.remove('over'));
addEventListener('drop', (event) => {
  event.preventDefault();
  document.body.classList.remove('over');
  if (event.dataTransfer.files[0]) void classifyPicture(event.dataTransfer.files[0]);
});
addEventListener('paste', ({ clipboardData }) => {
  if (clipboardData.files[0]) void classifyPicture(clipboardData.files[0]);
});

// Drawing: bright on black, as the model knows its pictures.

const pad = at('pad');
const pen = pad.getContext('2d', { willReadFrequently: true });
pen.lineCap = 'round';
pen.lineJoin = 'round';
pen.lineWidth = 44;
pen.strokeStyle = '#e6e6e6';

function clear() {
  pen.fillStyle = '#000';
  pen.fillRect(0, 0, pad.width, pad.height);
}

function penAt({ offsetX, offsetY }) {
  return [(offsetX * pad.width) / pad.clientWidth, (offsetY * pad.height) / pad.clientHeight];
}

let waiting = false;
function classifyDrawing() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    classifyPixels(pen.getImageData(0, 0, pad.width, pad.height)).catch(complain);
  });
}

pad.addEventListener('pointerdown', (event) => {
  pad.setPointerCapture(event.pointerId);
  select(undefined);
  pen.beginPath();
  pen.moveTo(...penAt(event));
  pen.lineTo(...penAt(event));
  pen.stroke();
  classifyDrawing();
});
pad.addEventListener('pointermove', (event) => {
  if (!pad.hasPointerCapture(event.pointerId)) return;
  pen.lineTo(...penAt(event));
  pen.stroke();
  classifyDrawing();
});
at('clear').addEventListener('click', clear);

clear();
document.title = `${page.name}: what is it?`;
const pick = await showSamples();
classifier = openModel(page);
classifier.then(({ label }) => {
  at('about').textContent = `${page.name} · ${page.classes.length} classes · on ${label}`;
  document.body.dataset.backend = label;
}, complain);
pick(0);
