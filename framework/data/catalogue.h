// The data sets Pare knows, by name. A new one is a reader and a row in the table of catalogue.cpp.
#pragma once

#include <string>
#include <vector>

#include "framework/data/source.h"

namespace pare {

std::vector<std::string> dataset_names();

enum class Part {
  All,
  TestOnly,  // leaves `train` out and does not ask for its files
};

// Takes <place>/<name>/<files>, each file plain or gzipped: from `directory`, or, if that is empty, from the
// first place that has a folder <name>: $PARE_DATA (if set), data/ and /usr/share/datasets.
// Throws Failure::Usage for an unknown name, Failure::Data when `directory` does not exist, when files are
// missing (says what was missing where, and how to get them), or when a file is wrong.
Dataset load_dataset(const std::string& name, const std::string& directory, Part part = Part::All);

// Random pixels and labels in the shape of a data set, the same each time: for measuring speed without its
// files. `count` training images and one test image.
Dataset synthetic_dataset(const std::string& name, int count);

}  // namespace pare
