"""Whether two files of `pare eval --logits` name the same class for every image, and how far their scores differ."""
import json
import struct
import sys


def scores(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        entry = json.loads(file.read(length))["scores"]
        begin, end = entry["data_offsets"]
        file.seek(8 + length + begin)
        values = struct.unpack(f"<{(end - begin) // 4}f", file.read(end - begin))
    each = entry["shape"][1]
    return [values[i : i + each] for i in range(0, len(values), each)]


one, other = scores(sys.argv[1]), scores(sys.argv[2])
if len(one) != len(other):
    sys.exit(f"{len(one)} images in one, {len(other)} in the other")
classes = [[max(range(len(row)), key=row.__getitem__) for row in rows] for rows in (one, other)]
different = sum(a != b for a, b in zip(*classes))
largest = max(abs(a - b) for rows in zip(one, other) for a, b in zip(*rows))
print(f"{len(one)} images, {different} of another class, scores differ by at most {largest:.2g}")
sys.exit(different > 0)
