// NumPy's .npy files as inputs, as framework/data/preprocessing/plain_preprocessing.cpp takes them.
'use strict';

// How a number is read, by its type in NumPy's words.
const NPY_READERS = {
  u1: (view, at) => view.getUint8(at), i1: (view, at) => view.getInt8(at), b1: (view, at) => view.getUint8(at),
  u2: (view, at) => view.getUint16(at, true), i2: (view, at) => view.getInt16(at, true),
  u4: (view, at) => view.getUint32(at, true), i4: (view, at) => view.getInt32(at, true),
  u8: (view, at) => Number(view.getBigUint64(at, true)), i8: (view, at) => Number(view.getBigInt64(at, true)),
  f4: (view, at) => view.getFloat32(at, true), f8: (view, at) => view.getFloat64(at, true),
};

// {type, shape, view}: the numbers lie in the view, the last index runs fastest.
function readNpy(bytes, name) {
  const bad = (what) => refuse(`${name}: the .npy cannot be read: ${what}; save it again with numpy.save`);
  const file = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 12) bad('it was cut off');
  const [start, length] = bytes[6] === 1 ? [10, file.getUint16(8, true)] : [12, file.getUint32(8, true)];
  const header = new TextDecoder().decode(bytes.subarray(start, start + length));
  const [, order, type] = /'descr': *'([<>|=]?)([a-zA-Z]\d+)'/.exec(header) ?? bad('its header does not say of what type its numbers are');
  const extents = /'shape': *\(([\d, ]*)\)/.exec(header) ?? bad('its header has no shape');
  if (!NPY_READERS[type]) bad(`it holds ${type}, expected integers or floats`);
  if (order === '>') bad('its bytes are in big-endian order');
  if (/'fortran_order': *True/.test(header)) bad('it is in Fortran order; numpy.ascontiguousarray(x) changes that');
  const shape = extents[1].split(',').filter((part) => part.trim() !== '').map(Number);
  const count = shape.reduce((product, extent) => product * extent, 1), size = count * Number(type[1]);
  if (start + length + size > bytes.length) bad('it was cut off');
  return { type, shape, view: new DataView(bytes.buffer, bytes.byteOffset + start + length, size) };
}

// One or several inputs of the shape {height, width, channels}, of bytes or of floats: [{name, values}].
function npyInputs(bytes, name, shape, isBytes) {
  const { type, shape: given, view } = readNpy(bytes, name);
  const each = shape.height * shape.width * shape.channels, size = Number(type[1]), count = view.byteLength / size;
  if (count === 0 || count % each !== 0 || (type === 'u1') !== isBytes)
    refuse(`${name}: is ${type} (${given.join(',')}), expected inputs (${shape.height},${shape.width},${shape.channels}) of ` +
           `${isBytes ? 'bytes (u1)' : 'floats'}, one or several`);
  const numbers = new (isBytes ? Uint8Array : Float32Array)(count);
  for (let i = 0; i < count; ++i) {
    numbers[i] = NPY_READERS[type](view, i * size);
    if (!Number.isFinite(numbers[i])) refuse(`${name}: number ${i} is not finite; leave that input out`);
  }
  return Array.from({ length: count / each }, (_, i) => ({
    name: count === each ? name : `${name}[${i}]`, values: numbers.subarray(i * each, (i + 1) * each),
  }));
}
