// Pictures of other sizes, by the same integers as framework/data/pictures/resize.cpp.
'use strict';

const WEIGHT_ONE = 2 ** 16, MIDDLE_ONE = 2 ** 8;

// Which of `from` positions each of `to` positions is a mean of: those from `first` on, by weights whose sum is
// WEIGHT_ONE: a triangle as wide as two of the coarser grid's positions.
function tapsOf(from, to) {
  const reach = 2 * Math.max(from, to);
  return Array.from({ length: to }, (_, o) => {
    const centre = (2 * o + 1) * from;
    const heightAt = (i) => reach - Math.abs((2 * i + 1) * to - centre);
    let first = Math.min(Math.max(Math.trunc((centre - reach) / (2 * to)) - 1, 0), from - 1);
    while (heightAt(first) <= 0) ++first;
    const heights = [];
    for (let i = first; i < from && heightAt(i) > 0; ++i) heights.push(heightAt(i));
    const sum = heights.reduce((total, height) => total + height, 0);
    const weights = heights.map((height) => Math.floor((height * WEIGHT_ONE + Math.floor(sum / 2)) / sum));
    // What rounding leaves over or lacks, in the middle, so that a plain picture stays as it is.
    weights[weights.indexOf(Math.max(...weights))] += WEIGHT_ONE - weights.reduce((total, weight) => total + weight, 0);
    return { first, weights };
  });
}

// One row at its new width, in units of 1 / MIDDLE_ONE.
function squeeze(pixels, start, channels, columns, to) {
  let at = 0;
  for (const { first, weights } of columns)
    for (let channel = 0; channel < channels; ++channel) {
      let sum = WEIGHT_ONE / MIDDLE_ONE / 2;
      for (let i = 0, from = start + first * channels + channel; i < weights.length; ++i, from += channels) sum += weights[i] * pixels[from];
      to[at++] = sum >> 8;
    }
}

// The region {top, left, height, width} of a picture, of which one of just that size is copied.
function resized(picture, region, height, width) {
  const { channels } = picture;
  const result = { height, width, channels, pixels: new Uint8Array(height * width * channels) };
  const startOf = (y) => ((region.top + y) * picture.width + region.left) * channels;
  const stride = width * channels;
  if (region.height === height && region.width === width) {
    for (let y = 0; y < height; ++y) result.pixels.set(picture.pixels.subarray(startOf(y), startOf(y) + stride), y * stride);
    return result;
  }
  const rows = tapsOf(region.height, height), columns = tapsOf(region.width, width);
  const narrow = new Uint16Array(stride), sums = new Float64Array(height * stride).fill(WEIGHT_ONE * MIDDLE_ONE / 2);
  for (let y = 0, oldest = 0; y < region.height; ++y) {
    squeeze(picture.pixels, startOf(y), channels, columns, narrow);
    while (oldest < height && y - rows[oldest].first >= rows[oldest].weights.length) ++oldest;
    for (let o = oldest; o < height && rows[o].first <= y; ++o) {
      const weight = rows[o].weights[y - rows[o].first];
      for (let x = 0; x < stride; ++x) sums[o * stride + x] += weight * narrow[x];
    }
  }
  sums.forEach((sum, i) => { result.pixels[i] = Math.floor(sum / (WEIGHT_ONE * MIDDLE_ONE)); });
  return result;
}
