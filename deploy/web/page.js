// The page: a pad to draw on, test images to pick, bars for the classes, and the layers' outputs.
'use strict';

const network = loadNetwork(PARE_MODEL);
const [imageHeight, imageWidth, imageChannels] = network.images;
const drawable = imageChannels === 1;
const digits = network.data === 'mnist';
const byId = (id) => document.getElementById(id);

function element(tag, attributes = {}, ...children) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(...children);
  return made;
}

function percent(share) {
  const rounded = Math.round(1000 * share) / 10;
  return (Number.isInteger(rounded) ? rounded : rounded.toFixed(1)) + '\u00a0%';
}

// --- images ------------------------------------------------------------------------------------------------

// pixels: 0..1, (H,W,C) with one or three channels
function paint(canvas, pixels) {
  canvas.width = imageWidth;
  canvas.height = imageHeight;
  const picture = new ImageData(imageWidth, imageHeight);
  for (let at = 0; at < imageHeight * imageWidth; ++at) {
    for (let c = 0; c < 3; ++c)
      picture.data[4 * at + c] = Math.round(255 * pixels[at * imageChannels + (imageChannels === 3 ? c : 0)]);
    picture.data[4 * at + 3] = 255;
  }
  canvas.getContext('2d').putImageData(picture, 0, 0);
}

// --- what the network says -----------------------------------------------------------------------------------

const rows = network.classes.map((name) => {
  const fill = element('div', { className: 'fill' });
  const share = element('span', { className: 'share' });
  const row = element('li', {}, element('span', { textContent: name }), element('div', { className: 'track' }, fill), share);
  byId('bars').append(row);
  return { row, fill, share };
});
byId('bars').classList.toggle('short', network.classes.every((name) => name.length < 3));

function show(pixels) {
  paint(byId('seen'), pixels);
  const started = performance.now();
  const outputs = runNetwork(network, pixels);
  const milliseconds = performance.now() - started;
  const shares = softmax(outputs[outputs.length - 1].data);
  const best = shares.indexOf(Math.max(...shares));
  byId('answer').replaceChildren(network.classes[best], element('span', { textContent: percent(shares[best]) }));
  rows.forEach(({ row, fill, share }, i) => {
    row.classList.toggle('top', i === best);
    fill.style.width = 100 * shares[i] + '%';
    share.textContent = percent(shares[i]);
  });
  byId('timing').textContent = `computed here in ${milliseconds.toFixed(1)} ms`;
  showInside(outputs);
}

function showNothing() {
  byId('answer').replaceChildren('\u2026');
  for (const { row, fill, share } of rows) {
    row.classList.remove('top');
    fill.style.width = '0';
    share.textContent = '';
  }
  byId('timing').textContent = '';
  byId('inside').replaceChildren();
  paint(byId('seen'), new Float32Array(imageHeight * imageWidth * imageChannels));
}

// --- inside --------------------------------------------------------------------------------------------------

// One channel as a picture, brightest where it is largest.
function channelMap(x, channel) {
  const canvas = element('canvas', { width: x.width, height: x.height });
  const picture = new ImageData(x.width, x.height);
  let low = Infinity, high = -Infinity;
  for (let at = channel; at < x.data.length; at += x.channels) {
    low = Math.min(low, x.data[at]);
    high = Math.max(high, x.data[at]);
  }
  for (let at = 0; at < x.width * x.height; ++at) {
    const light = high > low ? (x.data[at * x.channels + channel] - low) / (high - low) : 0;
    picture.data.set([255 * light, 255 * light, 255 * light, 255], 4 * at);
  }
  canvas.getContext('2d').putImageData(picture, 0, 0);
  return canvas;
}

function unit(x, channel, largest) {
  const made = element('div', { className: 'unit', title: x.data[channel].toFixed(3) });
  made.style.opacity = 0.12 + 0.88 * (largest > 0 ? Math.max(0, x.data[channel]) / largest : 0);
  return made;
}

// A stage is a layer with weights and what follows it up to the next one.
function showInside(outputs) {
  const weighted = network.layers.map((layer, i) => (layer.weights ? i : -1)).filter((i) => i >= 0);
  const stages = weighted.slice(0, -1).map((first, s) => {
    const layer = network.layers[first];
    const x = outputs[weighted[s + 1] - 1];
    const isImage = x.height > 1 || x.width > 1;
    const largest = isImage ? 0 : Math.max(...x.data);
    const channels = element('div', { className: isImage ? 'channels' : 'channels small' });
    for (let c = 0; c < x.channels; ++c) channels.append(isImage ? channelMap(x, c) : unit(x, c, largest));
    for (let c = x.channels; c < layer.was; ++c) channels.append(element('div', { className: 'gone' }));
    const left = x.channels === layer.was ? `${layer.was} channels` : `${x.channels} of ${layer.was} channels left`;
    const name = element('h3', {}, layer.name, element('span', { textContent: left }));
    return element('div', { className: 'stage' }, name, channels);
  });
  byId('inside').replaceChildren(...stages);
}

// --- drawing -------------------------------------------------------------------------------------------------

const pad = byId('pad');
const ink = pad.getContext('2d', { willReadFrequently: true });
const padSize = 560;
const brush = padSize / imageWidth * (digits ? 2.4 : 3.2);
let last = null;

function clearPad() {
  pad.width = pad.height = padSize;
  ink.lineCap = ink.lineJoin = 'round';
  ink.lineWidth = brush;
  ink.strokeStyle = '#fff';
  press(null);
}

// Scales what is drawn as the data set's images are: MNIST's digits fit a box of 20 pixels and balance on the
// middle, garments fill the image.
function drawnPixels() {
  const drawn = ink.getImageData(0, 0, padSize, padSize).data;
  let left = padSize, right = -1, top = padSize, bottom = -1, mass = 0, momentX = 0, momentY = 0;
  for (let y = 0; y < padSize; ++y)
    for (let x = 0; x < padSize; ++x) {
      const light = drawn[4 * (y * padSize + x) + 3];
      if (light === 0) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
      mass += light;
      momentX += light * (x + 0.5);
      momentY += light * (y + 0.5);
    }
  if (right < 0) return null;
  const box = digits ? 20 / 28 : 1;
  const scale = box * Math.min(imageWidth, imageHeight) / Math.max(right - left + 1, bottom - top + 1);
  const middleX = digits ? momentX / mass : (left + right + 1) / 2;
  const middleY = digits ? momentY / mass : (top + bottom + 1) / 2;
  const small = element('canvas', { width: imageWidth, height: imageHeight });
  const context = small.getContext('2d', { willReadFrequently: true });
  context.fillRect(0, 0, imageWidth, imageHeight);
  context.imageSmoothingQuality = 'high';
  context.setTransform(scale, 0, 0, scale, imageWidth / 2 - scale * middleX, imageHeight / 2 - scale * middleY);
  context.drawImage(pad, 0, 0);
  const pixels = context.getImageData(0, 0, imageWidth, imageHeight).data;
  return Float32Array.from({ length: imageWidth * imageHeight }, (_, at) => pixels[4 * at] / 255);
}

function strokeTo(event) {
  const bounds = pad.getBoundingClientRect();
  const x = (event.clientX - bounds.left) / bounds.width * padSize;
  const y = (event.clientY - bounds.top) / bounds.height * padSize;
  ink.beginPath();
  ink.moveTo(...(last ?? [x, y]));
  ink.lineTo(x, y);
  ink.stroke();
  last = [x, y];
  const pixels = drawnPixels();
  if (pixels) show(pixels);
}

function startDrawing() {
  pad.classList.add('drawable');
  pad.addEventListener('pointerdown', (event) => {
    if (picked) clearPad();
    pad.setPointerCapture(event.pointerId);
    last = null;
    strokeTo(event);
  });
  pad.addEventListener('pointermove', (event) => {
    if (pad.hasPointerCapture(event.pointerId)) strokeTo(event);
  });
  byId('clear').addEventListener('click', () => {
    clearPad();
    showNothing();
  });
}

// --- samples -------------------------------------------------------------------------------------------------

let picked = null;

function press(button) {
  picked?.setAttribute('aria-pressed', 'false');
  picked = button;
  picked?.setAttribute('aria-pressed', 'true');
}

function pick(button, pixels) {
  press(button);
  paint(pad, pixels);
  show(pixels);
}

function addSample(sample) {
  const pixels = Float32Array.from(bytesOf(sample.pixels), (value) => value / 255);
  const canvas = element('canvas');
  paint(canvas, pixels);
  const name = network.classes[sample.label];
  const button = element('button', { type: 'button', title: name, ariaLabel: 'Test image: ' + name }, canvas);
  button.addEventListener('click', () => pick(button, pixels));
  byId('samples').append(button);
  return () => pick(button, pixels);
}

// --- start ---------------------------------------------------------------------------------------------------

const dataName = { mnist: 'MNIST', 'fashion-mnist': 'Fashion-MNIST', 'cifar-10': 'CIFAR-10' }[network.data] ?? network.data;
const subject = digits ? 'a digit' : network.data === 'fashion-mnist' ? 'a garment' : 'something';
const number = (value) => value.toLocaleString('en');
byId('title').textContent = `${number(network.bytes)} bytes that know ${dataName}`;
byId('facts').textContent =
    `The whole network: ${number(network.weights)} weights, trained and pared down with Pare. It runs in this page; nothing is sent anywhere.`;
byId('pad-title').textContent = drawable ? `Draw ${subject}` : 'The image';
byId('clear').hidden = !drawable;
byId('hint').textContent = `what the network gets: ${imageHeight} x ${imageWidth} pixels` +
    (drawable && !digits ? '; garments are filled, not outlined' : '');
const samples = network.samples.map(addSample);
byId('samples-card').hidden = samples.length === 0;
clearPad();
if (drawable) startDrawing();
if (samples.length > 0) samples[0]();
else showNothing();
