// A pad to draw on, for networks of grey images that know no files: digits, garments.
'use strict';

const digits = PARE_MODEL.data === 'mnist';
const subject = digits ? 'a digit' : PARE_MODEL.data === 'fashion-mnist' ? 'a garment' : 'something';
const padSize = 560;
const brush = padSize / inputShape.width * (digits ? 2.4 : 3.2);

function clearPad() {
  const pad = byId('pad'), ink = pad.getContext('2d', { willReadFrequently: true });
  pad.width = pad.height = padSize;
  ink.lineCap = ink.lineJoin = 'round';
  ink.lineWidth = brush;
  ink.strokeStyle = '#fff';
}

// Scales what is drawn as the data set's images are: MNIST's digits fit a box of 20 pixels and balance on the
// middle, garments fill the image.
function drawnPixels() {
  const { height, width } = inputShape;
  const drawn = byId('pad').getContext('2d').getImageData(0, 0, padSize, padSize).data;
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
  const scale = box * Math.min(width, height) / Math.max(right - left + 1, bottom - top + 1);
  const middleX = digits ? momentX / mass : (left + right + 1) / 2;
  const middleY = digits ? momentY / mass : (top + bottom + 1) / 2;
  const small = element('canvas', { width, height });
  const context = small.getContext('2d', { willReadFrequently: true });
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.setTransform(scale, 0, 0, scale, width / 2 - scale * middleX, height / 2 - scale * middleY);
  context.drawImage(byId('pad'), 0, 0);
  const pixels = context.getImageData(0, 0, width, height).data;
  return Uint8Array.from({ length: width * height }, (_, at) => pixels[4 * at]);
}

// From where the last stroke ended to where the pointer is.
function strokeTo(event, last) {
  const pad = byId('pad'), ink = pad.getContext('2d'), bounds = pad.getBoundingClientRect();
  const x = (event.clientX - bounds.left) / bounds.width * padSize;
  const y = (event.clientY - bounds.top) / bounds.height * padSize;
  ink.beginPath();
  ink.moveTo(...(last ?? [x, y]));
  ink.lineTo(x, y);
  ink.stroke();
  return [x, y];
}

function startDrawing() {
  const pad = byId('pad');
  let last = null;
  const draw = (event) => {
    last = strokeTo(event, last);
    const values = drawnPixels();
    if (values) show({ name: 'the drawing', values });
  };
  clearPad();
  pad.classList.add('drawable');
  pad.addEventListener('pointerdown', (event) => {
    if (pad.width !== padSize) startAnew(); // an image is shown there
    pad.setPointerCapture(event.pointerId);
    last = null;
    draw(event);
  });
  pad.addEventListener('pointermove', (event) => {
    if (pad.hasPointerCapture(event.pointerId)) draw(event);
  });
  const startAnew = () => {
    clearPad();
    showNothing();
  };
  byId('clear').hidden = byId('seen').hidden = false;
  byId('clear').addEventListener('click', startAnew);
}
