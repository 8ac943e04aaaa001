// Runs the network of model.js on one image, layer by layer, in plain JavaScript.
//
// An activation is {height, width, channels, data}, row by row with the channels innermost, as in Pare itself.
'use strict';

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function floatsOf(base64) {
  return new Float32Array(bytesOf(base64).buffer);
}

// (O,KH,KW,I): floats, or integers times a step per output channel.
function decodeWeights(weights) {
  if (weights.floats !== undefined) return floatsOf(weights.floats);
  const levels = new Int8Array(bytesOf(weights.levels).buffer);
  const steps = floatsOf(weights.steps);
  const row = levels.length / weights.outputs;
  return Float32Array.from(levels, (level, i) => level * steps[Math.floor(i / row)]);
}

function emptyLike([height, width, channels]) {
  return { height, width, channels, data: new Float32Array(height * width * channels) };
}

function conv2d(x, layer) {
  const { height: kernelHeight, width: kernelWidth, groups } = layer.window;
  const { stride: [down, right], padding: [above, before], dilation: [rowsApart, columnsApart] } = layer.window;
  const y = emptyLike(layer.output);
  const inputs = x.channels / groups; // that an output channel reads
  const outputs = y.channels / groups;
  for (let row = 0, at = 0; row < y.height; ++row)
    for (let column = 0; column < y.width; ++column)
      for (let o = 0; o < y.channels; ++o, ++at) {
        const group = Math.floor(o / outputs) * inputs;
        let sum = layer.bias ? layer.bias[o] : 0;
        for (let i = 0; i < kernelHeight; ++i) {
          const sourceRow = row * down - above + i * rowsApart;
          if (sourceRow < 0 || sourceRow >= x.height) continue;
          for (let j = 0; j < kernelWidth; ++j) {
            const sourceColumn = column * right - before + j * columnsApart;
            if (sourceColumn < 0 || sourceColumn >= x.width) continue;
            const from = (sourceRow * x.width + sourceColumn) * x.channels + group;
            const weight = ((o * kernelHeight + i) * kernelWidth + j) * inputs;
            for (let c = 0; c < inputs; ++c) sum += layer.weight[weight + c] * x.data[from + c];
          }
        }
        y.data[at] = sum;
      }
  return y;
}

function linear(x, layer) {
  const y = emptyLike(layer.output);
  const inputs = x.data.length;
  for (let o = 0; o < y.channels; ++o) {
    let sum = layer.bias ? layer.bias[o] : 0;
    for (let i = 0; i < inputs; ++i) sum += layer.weight[o * inputs + i] * x.data[i];
    y.data[o] = sum;
  }
  return y;
}

// `reduce` makes one number of those under the window that lie inside the image.
function pool(x, layer, reduce) {
  const { height, width, stride: [down, right], padding: [above, before] } = layer.window;
  const y = emptyLike(layer.output);
  for (let row = 0, at = 0; row < y.height; ++row)
    for (let column = 0; column < y.width; ++column)
      for (let c = 0; c < y.channels; ++c, ++at) {
        const seen = [];
        const top = row * down - above, left = column * right - before;
        for (let i = Math.max(0, top); i < Math.min(x.height, top + height); ++i)
          for (let j = Math.max(0, left); j < Math.min(x.width, left + width); ++j)
            seen.push(x.data[(i * x.width + j) * x.channels + c]);
        y.data[at] = reduce(seen);
      }
  return y;
}

function batchNorm(x, layer) {
  const { scale, shift } = layer;
  return { ...x, data: x.data.map((value, i) => value * scale[i % x.channels] + shift[i % x.channels]) };
}

// The sum of two inputs. Where they lost different channels, layer.carried says for each input where a channel
// of the sum lies in it, or -1.
function add([a, b], layer) {
  const y = emptyLike(layer.output);
  [a, b].forEach((x, k) => {
    for (let i = 0; i < y.data.length; ++i) {
      const channel = i % y.channels;
      const from = layer.carried ? layer.carried[k][channel] : channel;
      if (from >= 0) y.data[i] += x.data[(i - channel) / y.channels * x.channels + from];
    }
  });
  return y;
}

// The channels of all inputs, one behind the other.
function concat(inputs, layer) {
  const y = emptyLike(layer.output);
  let first = 0;
  for (const x of inputs) {
    for (let i = 0; i < x.data.length; ++i) {
      const channel = i % x.channels;
      y.data[(i - channel) / x.channels * y.channels + first + channel] = x.data[i];
    }
    first += x.channels;
  }
  return y;
}

// Channel c is the input's channel layer.carried[c] times the weight of c.
function gate(x, layer) {
  const y = emptyLike(layer.output);
  for (let i = 0; i < y.data.length; ++i) {
    const channel = i % y.channels;
    y.data[i] = x.data[(i - channel) / y.channels * x.channels + layer.carried[channel]] * layer.weight[channel];
  }
  return y;
}

// Rounds to even, as Pare does and Math.round does not.
function nearestEven(value) {
  const below = Math.floor(value), rest = value - below;
  if (rest === 0.5) return below % 2 === 0 ? below : below + 1;
  return rest < 0.5 ? below : below + 1;
}

// Integers times a step; before the first batch of training there is none.
function quantise(x, { integers }) {
  if (!integers) return x;
  const { low, high, step } = integers;
  return { ...x, data: x.data.map((value) => step * nearestEven(Math.min(Math.max(value / step, low), high))) };
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const unchanged = (x) => x;

// One function a kind of layer; deploy/web.cpp lists the same names.
const LAYERS = {
  conv2d,
  linear,
  batch_norm: batchNorm,
  relu: (x) => ({ ...x, data: x.data.map((value) => Math.max(0, value)) }),
  max_pool: (x, layer) => pool(x, layer, (values) => Math.max(...values)),
  average_pool: (x, layer) => pool(x, layer, mean),
  global_average_pool: (x, layer) => pool(x, layer, mean),
  add,
  concat,
  gate,
  quantise,
  flatten: unchanged,
  dropout: unchanged,
};

// Decodes what the layers need, once.
function loadNetwork(model) {
  const layers = model.layers.map((layer) => {
    if (layer.affine) return { ...layer, scale: floatsOf(layer.affine.scale), shift: floatsOf(layer.affine.shift) };
    if (!layer.weights) return layer;
    const bias = layer.weights.bias === undefined ? null : floatsOf(layer.weights.bias);
    return { ...layer, weight: decodeWeights(layer.weights), bias };
  });
  return { ...model, layers };
}

function normalised(network, pixels) {
  const images = emptyLike(network.images);
  for (let i = 0; i < images.data.length; ++i) {
    const channel = i % images.channels;
    images.data[i] = (pixels[i] - network.mean[channel]) / network.deviation[channel];
  }
  return images;
}

// pixels: 0..1, or floats as they are, (H,W,C). Returns every layer's output; the last one holds the scores.
function runNetwork(network, pixels) {
  const images = normalised(network, pixels);
  const outputs = [];
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((node) => (node < 0 ? images : outputs[node]));
    outputs.push(LAYERS[layer.layer](inputs.length > 1 ? inputs : inputs[0], layer));
  }
  return outputs;
}

// An input as it is stored, bytes or floats, as the network's pixels.
const pixelsOf = (network, values) => (network.element === 'u8' ? Float32Array.from(values, (value) => value / 255) : values);

// The same of an input as it is stored.
const runOnValues = (network, values) => runNetwork(network, pixelsOf(network, values));

// How badly an autoencoder gives its input again: the mean squared error of normalised numbers.
function reconstructionError(network, values, outputs) {
  const inputs = normalised(network, pixelsOf(network, values)).data;
  return inputs.reduce((sum, input, i) => sum + (outputs[i] - input) ** 2, 0) / inputs.length;
}

function softmax(scores) {
  const largest = Math.max(...scores);
  const powers = Array.from(scores, (score) => Math.exp(score - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
