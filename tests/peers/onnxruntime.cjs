// onnxruntime.cjs MODEL LOGITS: ONNX Runtime, as it comes, computes the scores in LOGITS (pare eval --logits).
'use strict';
const ort = require('onnxruntime-node');
const { read, compare } = require('./safetensors.cjs');

(async () => {
  const { images, scores } = read(process.argv[3]);
  const [count, height, width, channels] = images.shape;
  const planes = new Float32Array(images.data.length); // (N,H,W,C) -> (N,C,H,W)
  for (let n = 0, from = 0; n < count; ++n)
    for (let at = 0; at < height * width; ++at)
      for (let c = 0; c < channels; ++c) planes[(n * channels + c) * height * width + at] = images.data[from++];
  const session = await ort.InferenceSession.create(process.argv[2]);
  const input = new ort.Tensor('float32', planes, [count, channels, height, width]);
  const output = await session.run({ images: input });
  compare('ONNX Runtime', output.scores.data, scores.data);
})();
