// A sound as a network's input, as framework/data/preprocessing/sound_preprocessing.cpp makes it.
'use strict';

function bandSettings(recipe) {
  const { rate, bands, low, floor } = recipe;
  const window = Math.round(recipe.window * rate);
  return {
    rate, window, hop: Math.round(recipe.hop * rate), bands, low, floor,
    fft: recipe.fft || Math.max(2, 2 ** Math.ceil(Math.log2(window))),
    high: recipe.high || rate / 2,
  };
}

// Of longer sounds the middle, shorter ones in the middle of silence.
function cutToLength(samples, length) {
  const shared = Math.min(length, samples.length), first = Math.floor((samples.length - shared) / 2);
  const result = new Float32Array(length);
  result.set(samples.subarray(first, first + shared), Math.floor((length - shared) / 2));
  return result;
}

const FEATURES = {
  waveform: (samples) => samples,
  log_mel: (samples, recipe) => logBands(samples, bandSettings(recipe)),
  mfcc: (samples, recipe) => {
    const energies = logBands(samples, bandSettings(recipe));
    const result = new Float32Array(energies.length / recipe.bands * recipe.coefficients);
    for (let frame = 0; frame * recipe.bands < energies.length; ++frame)
      result.set(cosineTransform(energies.subarray(frame * recipe.bands, (frame + 1) * recipe.bands), recipe.coefficients),
                 frame * recipe.coefficients);
    return result;
  },
};

// Of samples at the recipe's rate.
function soundInput(samples, recipe) {
  let cut = cutToLength(samples, Math.round(recipe.seconds * recipe.rate));
  const loudest = cut.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  if (recipe.peak && loudest > 0) cut = cut.map((sample) => sample / loudest);
  return FEATURES[recipe.features](cut, recipe);
}

function soundOfFile(bytes, name, recipe) {
  const sound = decodeWav(bytes, name);
  if (sound.rate !== recipe.rate && !recipe.resample)
    refuse(`${name}: has ${sound.rate} samples a second, expected ${recipe.rate}`);
  return resampled(sound, recipe.rate).samples;
}
