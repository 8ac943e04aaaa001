// The idx format of MNIST and its siblings, plain or gzipped.
//
//   images: u32 magic 0x803, u32 count, u32 rows, u32 columns, then count x rows x columns bytes
//   labels: u32 magic 0x801, u32 count, then count bytes                  (all numbers big-endian)
#pragma once

#include <string>

#include "framework/data/source.h"

namespace pare {

// One-channel images and their labels. Every number in the headers is checked against the bytes that are
// really there; throws Failure::Data naming the file, also for a label that is none of
// the `classes` numbers from `first_label` on. Ours begin at 0.
ImageSet read_idx(const std::string& images_file, const std::string& labels_file, int classes,
                  int first_label = 0);

}  // namespace pare
