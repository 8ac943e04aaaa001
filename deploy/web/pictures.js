// A picture as a network's input, as framework/data/preprocessing/picture_preprocessing.cpp makes it.
'use strict';

// Red, green and blue to grey, as BT.601 has it; the factors' sum is 2^16.
function lumaOf(red, green, blue) {
  return (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
}

function blend(over, under, alpha) {
  return Math.floor((over * alpha + under * (255 - alpha) + 127) / 255);
}

// With 1 channel (grey) or 3 (RGB); what is transparent shows the background.
function withChannels(picture, channels, background) {
  if (picture.channels === channels) return picture;
  const { height, width, channels: given, pixels } = picture;
  const result = { height, width, channels, pixels: new Uint8Array(height * width * channels) };
  const coloured = given >= 3, transparent = given % 2 === 0;
  for (let from = 0, to = 0; from < pixels.length; from += given, to += channels) {
    let colour = coloured ? [pixels[from], pixels[from + 1], pixels[from + 2]] : [pixels[from], pixels[from], pixels[from]];
    if (transparent) colour = colour.map((value, i) => blend(value, background[i], pixels[from + given - 1]));
    if (channels === 1) result.pixels[to] = lumaOf(...colour);
    else result.pixels.set(colour, to);
  }
  return result;
}

// a * b / c, to the nearest integer, halves up, and from 1 to `most`.
function scaled(a, b, c, most) {
  return Math.min(Math.max(Math.floor((2 * a * b + c) / (2 * c)), 1), most);
}

// The largest part in the middle of height x width with the ratio of the shape's sides.
function middleOf(height, width, shape) {
  const part = { height, width };
  if (width * shape.height > height * shape.width) part.width = scaled(height, shape.width, shape.height, width);
  else part.height = scaled(width, shape.height, shape.width, height);
  return { ...part, top: Math.floor((height - part.height) / 2), left: Math.floor((width - part.width) / 2) };
}

function letterboxed(picture, shape, background) {
  const { channels } = picture;
  const place = middleOf(shape.height, shape.width, picture);
  const small = resized(picture, { top: 0, left: 0, height: picture.height, width: picture.width }, place.height, place.width);
  const bar = channels === 1 ? [lumaOf(...background)] : background;
  const pixels = Uint8Array.from({ length: shape.height * shape.width * channels }, (_, i) => bar[i % channels]);
  const stride = small.width * channels;
  for (let y = 0; y < small.height; ++y)
    pixels.set(small.pixels.subarray(y * stride, (y + 1) * stride), ((place.top + y) * shape.width + place.left) * channels);
  return { height: shape.height, width: shape.width, channels, pixels };
}

const FITS = {
  stretch: (picture, shape) =>
    resized(picture, { top: 0, left: 0, height: picture.height, width: picture.width }, shape.height, shape.width),
  crop: (picture, shape) => resized(picture, middleOf(picture.height, picture.width, shape), shape.height, shape.width),
  letterbox: letterboxed,
};

// A picture of the shape {height, width, channels}; `recipe` says what becomes of one of another size.
function fitted(picture, name, shape, { fit, background }) {
  const same = withChannels(picture, shape.channels, background);
  if (same.height === shape.height && same.width === shape.width) return same;
  if (!FITS[fit])
    refuse(`${name}: is ${same.height} pixels high and ${same.width} wide, expected ${shape.height} and ${shape.width}`);
  return FITS[fit](same, shape, background);
}

// What a browser can paint, as RGB.
function paintedPixels(image, width, height) {
  const context = element('canvas', { width, height }).getContext('2d', { willReadFrequently: true });
  context.drawImage(image, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const pixels = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; ++i) pixels.set(data.subarray(4 * i, 4 * i + 3), 3 * i);
  return { height, width, channels: 3, pixels };
}

// A JPEG has to go on to its end: a browser would paint a part of it without a word.
function requireWholeJpeg(bytes, name) {
  let at = bytes.length - 2;
  while (at > 1 && !(bytes[at] === 0xff && (bytes[at + 1] === 0xd9 || bytes[at + 1] === 0xda))) --at;
  if (bytes[at + 1] !== 0xd9) refuse(`${name}: the JPEG cannot be read: it was cut off`);
}

// By the browser, whose pixels may differ from Pare's by a step or two.
async function decodeJpeg(bytes, name) {
  requireWholeJpeg(bytes, name);
  let bitmap = null;
  try {
    bitmap = await createImageBitmap(new Blob([bytes]), { colorSpaceConversion: 'none' });
  } catch {
    refuse(`${name}: the JPEG cannot be read: the browser finds it damaged`);
  }
  return paintedPixels(bitmap, bitmap.width, bitmap.height);
}

async function decodePicture(bytes, name) {
  if (begins(bytes, 0, '\x89PNG\r\n\x1a\n')) return decodePng(bytes, name);
  if (begins(bytes, 0, '\xff\xd8\xff')) return decodeJpeg(bytes, name);
  return refuseOther(bytes, name, 'PNG or JPEG');
}
