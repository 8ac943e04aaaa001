// What a network hears of a sound, as framework/data/sound/ computes it; Fourier transforms with 64-bit floats
// here, where Pare has 32.
'use strict';

// Decimation in time by the prime factors of any size.
class Fourier {
  constructor(size) {
    this.size = size;
    this.cos = Float64Array.from({ length: size }, (_, i) => Math.cos(2 * Math.PI * i / size));
    this.sin = Float64Array.from({ length: size }, (_, i) => -Math.sin(2 * Math.PI * i / size));
    this.re = new Float64Array(size);
    this.im = new Float64Array(size);
  }

  // Of real numbers; the result lies in `re` and `im` until the next call.
  transform(x) {
    this.part(x, 0, 1, this.size, 0);
  }

  // That of the `count` numbers x[from], x[from + stride], ... goes to `to`.
  part(x, from, stride, count, to) {
    const { re, im, size } = this;
    if (count === 1) {
      re[to] = x[from];
      im[to] = 0;
      return;
    }
    let radix = 2;
    while (count % radix !== 0) ++radix;
    const each = count / radix;
    for (let r = 0; r < radix; ++r) this.part(x, from + r * stride, stride * radix, each, to + r * each);
    const partRe = new Float64Array(radix), partIm = new Float64Array(radix);
    for (let k = 0; k < each; ++k) {
      for (let r = 0; r < radix; ++r) {
        partRe[r] = re[to + k + r * each];
        partIm[r] = im[to + k + r * each];
      }
      for (let q = k; q < count; q += each) {
        let sumRe = 0, sumIm = 0;
        for (let r = 0; r < radix; ++r) {
          const angle = r * q * stride % size;
          sumRe += partRe[r] * this.cos[angle] - partIm[r] * this.sin[angle];
          sumIm += partRe[r] * this.sin[angle] + partIm[r] * this.cos[angle];
        }
        re[to + q] = sumRe;
        im[to + q] = sumIm;
      }
    }
  }
}

const melOf = (frequency) => 2595 * Math.log10(1 + frequency / 700);
const frequencyOf = (mel) => 700 * (10 ** (mel / 2595) - 1);

// Of each band, the points of the transform in it, and the triangle's height there.
function bandsOf({ rate, fft, bands, low, high }) {
  const lowest = melOf(low), highest = melOf(high);
  const corners = Array.from({ length: bands + 2 }, (_, i) => frequencyOf(lowest + (highest - lowest) * i / (bands + 1)));
  return Array.from({ length: bands }, (_, band) => {
    const [left, top, right] = corners.slice(band, band + 3);
    const weights = [];
    for (let bin = 0; bin <= fft / 2; ++bin) {
      const frequency = bin * rate / fft;
      const height = Math.min((frequency - left) / (top - left), (right - frequency) / (right - top));
      if (height > 0) weights.push({ bin, height });
    }
    return weights;
  });
}

// (frames,bands): ln of energies, of whole windows, the first at the first sample.
function logBands(samples, settings) {
  const { window, hop, fft, bands, floor } = settings;
  const frames = samples.length < window ? 0 : 1 + Math.floor((samples.length - window) / hop);
  const hann = Float64Array.from({ length: window }, (_, n) => 0.5 - 0.5 * Math.cos(2 * Math.PI * n / window));
  const triangles = bandsOf(settings), fourier = new Fourier(fft), input = new Float32Array(fft);
  const result = new Float32Array(frames * bands);
  for (let frame = 0, at = 0; frame < frames; ++frame) {
    for (let n = 0; n < window; ++n) input[n] = hann[n] * samples[frame * hop + n];
    fourier.transform(input);
    for (const weights of triangles) {
      let energy = 0;
      for (const { bin, height } of weights) energy += height * (fourier.re[bin] ** 2 + fourier.im[bin] ** 2);
      result[at++] = Math.log(Math.max(energy, floor));
    }
  }
  return result;
}

// The first `count` coefficients of the orthonormal DCT-II.
function cosineTransform(x, count) {
  return Float32Array.from({ length: count }, (_, k) => {
    const sum = x.reduce((total, value, n) => total + value * Math.cos(Math.PI * k * (n + 0.5) / x.length), 0);
    return sum * Math.sqrt((k === 0 ? 1 : 2) / x.length);
  });
}

const greatestDivisor = (a, b) => (b === 0 ? a : greatestDivisor(b, a % b));

// Weights of the samples around an output that lies `fraction` of a sample behind one, from `reach` before it.
function weightsAt(fraction, cutoff, half, reach) {
  const weights = Float64Array.from({ length: 2 * reach + 2 }, (_, i) => {
    const t = i - reach - fraction, x = Math.PI * cutoff * t, w = Math.PI * t / half;
    const window = Math.abs(t) >= half ? 0 : 0.42 + 0.5 * Math.cos(w) + 0.08 * Math.cos(2 * w);
    return (Math.abs(x) < 1e-9 ? 1 : Math.sin(x) / x) * window;
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

// Another sample rate: a sinc windowed by Blackman's window, as framework/data/sound/resample.cpp has it.
function resampled({ rate: from, samples }, to) {
  if (from === to) return { rate: to, samples };
  const step = greatestDivisor(from, to), cutoff = 0.92 * Math.min(1, to / from), half = 16 / cutoff, reach = Math.ceil(half);
  const weights = new Map(); // outputs lie at few different fractions
  const result = Float32Array.from({ length: Math.floor(samples.length * to / from) }, (_, i) => {
    const whole = Math.floor(i * from / to), rest = i * from % to;
    if (!weights.has(rest / step)) weights.set(rest / step, weightsAt(rest / to, cutoff, half, reach));
    const here = weights.get(rest / step), first = whole - reach;
    let sum = 0;
    for (let k = Math.max(0, -first); k < Math.min(here.length, samples.length - first); ++k) sum += here[k] * samples[first + k];
    return sum;
  });
  return { rate: to, samples: result };
}
