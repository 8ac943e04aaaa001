"""opencv_dnn.py MODEL LOGITS: OpenCV computes the scores that Pare wrote to LOGITS (pare eval --logits)."""
import sys

import cv2
import numpy

import safetensors

expected, _ = safetensors.read(sys.argv[2])
images = numpy.ascontiguousarray(expected["images"].transpose(0, 3, 1, 2))
network = cv2.dnn.readNetFromONNX(sys.argv[1])
scores = []
for image in images:
    network.setInput(image[None])
    scores.append(network.forward()[0])
safetensors.compare(f"OpenCV {cv2.__version__}", numpy.stack(scores), expected["scores"])
