// The layers' outputs, one square a channel.
'use strict';

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
  byId('inside-card').hidden = false;
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
