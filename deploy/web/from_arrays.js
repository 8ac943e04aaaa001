// Inputs of a network that was not trained on files: drawings, arrays, and pictures of just its size.
'use strict';

const isPicture = PARE_MODEL.element === 'u8' && [1, 3].includes(inputShape.channels);
const drawable = PARE_MODEL.element === 'u8' && inputShape.channels === 1;
const extents = `(${inputShape.height},${inputShape.width},${inputShape.channels})`;

const INPUTS = {
  title: drawable ? `Draw ${subject}` : isPicture ? 'The image' : 'An input',
  accept: isPicture ? '.npy,.png,.jpg,.jpeg' : '.npy',
  wanted: isPicture ? `an .npy of ${extents} or a picture of just that size` : `an .npy of ${extents}`,
  hint: isPicture ? `what the network gets: ${inputShape.height} x ${inputShape.width} pixels` +
      (drawable && !digits ? '; garments are filled, not outlined' : '')
      : `An input is ${extents} ${PARE_MODEL.element === 'u8' ? 'bytes' : 'floats'}; numpy.save writes such files.`,
  paint: isPicture ? paintPicture : null,
  start: drawable ? startDrawing : null,
  async read(bytes, name) {
    if (begins(bytes, 0, '\x93NUMPY')) return npyInputs(bytes, name, inputShape, PARE_MODEL.element === 'u8');
    if (!isPicture) refuseOther(bytes, name, INPUTS.wanted);
    const recipe = { fit: 'exact', background: [255, 255, 255] };
    return [{ name, values: fitted(await decodePicture(bytes, name), name, inputShape, recipe).pixels }];
  },
};
