"""Writes COUNT PNGs of 64x64 pixels in ten classes to FOLDER/CLASS: something to measure decoding with.

    python3 bench/make_pictures.py FOLDER [COUNT]
"""
import math
import os
import random
import struct
import sys
import zlib

SIDE, CLASSES = 64, 10


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def wave(number, shift, light):
    """A row of pixels: stripes, closer together in each class."""
    return bytes(
        int(100 + 6 * light + 60 * math.sin((x + shift) * (1 + number) / 6 + channel))
        for x in range(SIDE)
        for channel in range(3)
    )


def main(folder, count):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0))
    rng = random.Random(1)
    noise = [bytes(rng.randrange(24) for _ in range(3 * SIDE)) for _ in range(4096)]
    waves = {}
    for number in range(CLASSES):
        os.makedirs(f"{folder}/{number}", exist_ok=True)
    for i in range(count):
        number, light, phase = i % CLASSES, rng.randrange(5, 10), rng.randrange(SIDE)
        rows = []
        for y in range(SIDE):
            key = number, int(phase + y * number / 3) % SIDE, light
            if key not in waves:
                waves[key] = int.from_bytes(wave(*key), "little")
            noisy = waves[key] ^ int.from_bytes(rng.choice(noise), "little")
            rows.append(b"\0" + noisy.to_bytes(3 * SIDE, "little"))
        pixels = chunk(b"IDAT", zlib.compress(b"".join(rows), 6))
        with open(f"{folder}/{number}/{i:06}.png", "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b""))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else 200_000)
