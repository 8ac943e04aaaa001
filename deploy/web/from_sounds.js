// Sounds of one's own: WAV files, and the microphone.
'use strict';

const RECIPE = PARE_MODEL.preprocessing;

function startMicrophone(present) {
  const label = `Record ${RECIPE.seconds} s`;
  const button = element('button', { type: 'button', className: 'pill', textContent: label });
  button.addEventListener('click', () => attempt(async () => {
    button.disabled = true;
    button.textContent = 'Recording\u2026';
    try {
      const { samples } = resampled(await recordSound(RECIPE.seconds), RECIPE.rate);
      present([{ name: 'the microphone', values: soundInput(samples, RECIPE) }]);
    } finally {
      button.disabled = false;
      button.textContent = label;
    }
  }));
  byId('controls').append(button);
}

// Samples as a line, from the left to the right.
function paintWave(canvas, values) {
  Object.assign(canvas, { width: 560, height: 200 });
  const context = canvas.getContext('2d');
  const loudest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  context.strokeStyle = '#fff';
  context.beginPath();
  values.forEach((value, i) => context.lineTo(i / values.length * canvas.width, 100 - 95 * value / loudest));
  context.stroke();
}

// Frames from the left to the right, the lowest band at the bottom.
function paintBands(canvas, values) {
  const frames = inputShape.height, bands = values.length / frames;
  const low = values.reduce((least, value) => Math.min(least, value)), high = values.reduce((most, value) => Math.max(most, value));
  Object.assign(canvas, { width: frames, height: bands });
  const picture = new ImageData(frames, bands);
  values.forEach((value, i) => {
    const light = high > low ? 255 * (value - low) / (high - low) : 0;
    picture.data.set([light, light, light, 255], 4 * ((bands - 1 - i % bands) * frames + Math.floor(i / bands)));
  });
  canvas.getContext('2d').putImageData(picture, 0, 0);
}

const SEEN = {
  waveform: 'what the network gets: the samples',
  log_mel: 'what the network gets: bands of frequency over time, low ones at the bottom',
  mfcc: 'what the network gets: coefficients over time, the first ones at the bottom',
};

const INPUTS = {
  title: 'A sound',
  accept: '.wav,.wave',
  wanted: RECIPE.resample ? 'a WAV' : `a WAV of ${RECIPE.rate} Hz`,
  hint: SEEN[RECIPE.features],
  aspect: '5 / 2',
  paint: RECIPE.features === 'waveform' ? paintWave : paintBands,
  start: startMicrophone,
  read: async (bytes, name) => [{ name, values: soundInput(soundOfFile(bytes, name, RECIPE), RECIPE) }],
};
