// Preprocessing: how a file becomes the raw input of a network. It travels in the model file, so that a model
// alone can read the files that it is asked about.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "framework/config/fields/fields.h"
#include "framework/data/input_shape.h"

namespace pare {

class Source;

// What a file holds: inputs, which have names and no answers; and what is wrong with others, that were left
// out.
struct PreparedFile {
  std::shared_ptr<const Source> inputs;
  std::vector<std::string> faults{};
};

// Its fields are those that a file's contents and the input's shape do not say.
struct Preprocessing : Described {
  // Throws Failure::Data naming `where` when there is no such input.
  virtual void require_fits(const InputShape& input, const std::string& where) const = 0;
  // Whether inputs are on a scale that suits networks as they are, so that none is measured.
  virtual bool is_normalised() const { return false; }
  // All inputs of a file. Throws Failure::Data naming the file when it cannot be read or does not fit, or
  // when no input is left. May be called by several threads.
  virtual PreparedFile prepare_all(std::span<const uint8_t> file, const std::string& name,
                                   const InputShape& input) const = 0;
};

// Of files that are one input each.
struct OneInputAFile : Preprocessing {
  // Throws Failure::Data naming the file when it cannot be what is wanted, by its first bytes (up to 4096).
  virtual void require_known(std::span<const uint8_t> beginning, const std::string& name) const = 0;
  // The file's one input: writes input.bytes() bytes. Throws as prepare_all.
  virtual void prepare(std::span<const uint8_t> file, const std::string& name, const InputShape& input,
                       std::byte* to) const = 0;
  PreparedFile prepare_all(std::span<const uint8_t> file, const std::string& name,
                           const InputShape& input) const override;
};

const Table<Preprocessing>& preprocessing_table();

constexpr uint64_t kLargestInputFile = uint64_t{1} << 28;

}  // namespace pare
