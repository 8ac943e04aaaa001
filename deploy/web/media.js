// The camera and the microphone. Browsers give them to pages from disk and over https, after asking.
'use strict';

async function openMedia(wanted, noun) {
  if (!navigator.mediaDevices) refuse(`the ${noun} is given to pages from disk or over https only, and this is ${location.protocol}`);
  return navigator.mediaDevices.getUserMedia(wanted).catch((error) => refuse(`the ${noun} cannot be used: ${error.message}`));
}

function closeMedia(stream) {
  for (const track of stream.getTracks()) track.stop();
}

// Hands on what a sound card gives. A worklet is a module of its own, and a page from disk may load one from a data: address only.
const RECORDER = `registerProcessor('recorder', class extends AudioWorkletProcessor {
  process([[samples]]) {
    if (samples) this.port.postMessage(samples.slice());
    return true;
  }
});`;

// {rate, samples} of so many seconds, at the sound card's own rate: not all browsers record at another.
async function recordSound(seconds) {
  const stream = await openMedia({ audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false } }, 'microphone');
  const context = new AudioContext();
  try {
    await context.audioWorklet.addModule('data:text/javascript,' + encodeURIComponent(RECORDER));
    const recorder = new AudioWorkletNode(context, 'recorder', { channelCount: 1, channelCountMode: 'explicit' });
    const samples = new Float32Array(Math.ceil(seconds * context.sampleRate));
    await new Promise((resolve) => {
      let at = 0;
      recorder.port.onmessage = ({ data }) => {
        samples.set(data.subarray(0, samples.length - at), at);
        at = Math.min(at + data.length, samples.length);
        if (at === samples.length) resolve();
      };
      context.createMediaStreamSource(stream).connect(recorder);
    });
    return { rate: context.sampleRate, samples };
  } finally {
    closeMedia(stream);
    context.close();
  }
}
