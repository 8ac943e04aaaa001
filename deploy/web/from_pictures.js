// Pictures of one's own: files, and the camera.
'use strict';

const RECIPE = PARE_MODEL.preprocessing;

// A frame has never just the input's size; where the recipe refuses others, the middle is taken.
const CAMERA_RECIPE = { ...RECIPE, fit: RECIPE.fit === 'exact' ? 'crop' : RECIPE.fit };

function startCamera(present) {
  const button = element('button', { type: 'button', className: 'pill', textContent: 'Use the camera' });
  const video = element('video', { muted: true, playsInline: true, hidden: true });
  const running = (stream) => {
    video.srcObject = stream;
    video.hidden = stream === null;
    byId('pad').hidden = stream !== null;
    button.textContent = stream ? 'Take the picture' : 'Use the camera';
  };
  button.addEventListener('click', () => attempt(async () => {
    if (video.srcObject) {
      const frame = paintedPixels(video, video.videoWidth, video.videoHeight);
      closeMedia(video.srcObject);
      running(null);
      present([{ name: 'the camera', values: fitted(frame, 'the camera', inputShape, CAMERA_RECIPE).pixels }]);
      return;
    }
    running(await openMedia({ video: true }, 'camera'));
    await video.play();
  }));
  byId('pad').before(video);
  byId('controls').append(button);
}

const INPUTS = {
  title: 'A picture',
  accept: '.png,.jpg,.jpeg,.jpe,.jfif',
  wanted: 'a PNG or JPEG',
  hint: 'what the network gets',
  paint: paintPicture,
  start: startCamera,
  async read(bytes, name) {
    return [{ name, values: fitted(await decodePicture(bytes, name), name, inputShape, RECIPE).pixels }];
  },
};
