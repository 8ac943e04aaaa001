// What the parts of the page have in common.
'use strict';

const byId = (id) => document.getElementById(id);
const inputShape = { height: PARE_MODEL.images[0], width: PARE_MODEL.images[1], channels: PARE_MODEL.images[2] };

function element(tag, attributes = {}, ...children) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(...children);
  return made;
}

function percent(share) {
  const rounded = Math.round(1000 * share) / 10;
  return (Number.isInteger(rounded) ? rounded : rounded.toFixed(1)) + '\u00a0%';
}

// values: bytes, (H,W,C) with one or three channels.
function paintPicture(canvas, values) {
  const { height, width, channels } = inputShape;
  Object.assign(canvas, { width, height });
  const picture = new ImageData(width, height);
  for (let at = 0; at < height * width; ++at) {
    for (let c = 0; c < 3; ++c) picture.data[4 * at + c] = values[at * channels + (channels === 3 ? c : 0)];
    picture.data[4 * at + 3] = 255;
  }
  canvas.getContext('2d').putImageData(picture, 0, 0);
}
