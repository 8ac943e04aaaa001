// Preprocessing: how a file becomes the raw input of a network. It travels in the model file, so that a model
// alone can read the files that it is asked about.
#pragma once

#include <span>
#include <string>

#include "framework/config/fields/fields.h"
#include "framework/data/input_shape.h"

namespace pare {

// Its fields are those that a file's contents and the input's shape do not say.
struct Preprocessing : Described {
  // Throws Failure::Data naming `where` when there is no such input.
  virtual void require_fits(const InputShape& input, const std::string& where) const = 0;
  // Throws Failure::Data naming the file when it cannot be what is wanted, by its first bytes (up to 4096).
  virtual void require_known(std::span<const uint8_t> beginning, const std::string& name) const = 0;
  // Writes input.bytes() bytes. Throws Failure::Data naming the file when it cannot be read or does not fit.
  // May be called by several threads.
  virtual void prepare(std::span<const uint8_t> file, const std::string& name, const InputShape& input,
                       std::byte* to) const = 0;
};

const Table<Preprocessing>& preprocessing_table();

// The file at `path`, prepared.
void prepare_file(const Preprocessing& preprocessing, const std::string& path, const InputShape& input,
                  std::byte* to);

}  // namespace pare
