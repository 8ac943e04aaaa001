"""Reads and writes .safetensors files with nothing but numpy."""
import json
import os
import struct

import numpy


def read(path):
    """The tensors by name, and the metadata."""
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        assert entry["dtype"] == "F32", (name, entry["dtype"])
        begin, end = entry["data_offsets"]
        values = numpy.frombuffer(data[8 + length + begin : 8 + length + end], "<f4")
        tensors[name] = values.reshape(entry["shape"]).copy()
    return tensors, metadata


def write(path, tensors):
    """The tensors by name, as F32."""
    header, data = {}, b""
    for name, values in tensors.items():
        values = numpy.asarray(values)
        content = values.astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape),
                        "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def compare(program, got, expected):
    """Exits with 1 unless the scores agree within $PARE_TOLERANCE, or 1e-4."""
    assert got.shape == expected.shape, (got.shape, expected.shape)
    assert expected.std(axis=0).max() > 0.1, "the network says the same to every image, so this compares nothing"
    difference = float(numpy.abs(got - expected).max())
    print(f"{program}: {len(got)} images, largest difference of a score {difference:.2e}")
    raise SystemExit(0 if difference <= float(os.environ.get("PARE_TOLERANCE", 1e-4)) else 1)
