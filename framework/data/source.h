// Source: examples by number. Where they lie, in memory or on disk, is its own matter.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "framework/data/spec.h"
#include "framework/files/bytes.h"

namespace pare {

class Source {
 public:
  virtual ~Source() = default;

  virtual InputShape input() const = 0;
  virtual int count() const = 0;
  // The raw input of an example, input().bytes() bytes: where it lies, or read into `buffer`, which keeps it
  // until its next use. 0 <= index < count(). May be called by several threads, each with its own buffer.
  virtual const std::byte* read(int index, std::vector<std::byte>& buffer) const = 0;
  // The class of an example, or the numbers that are asked for: a source has the one or the other.
  virtual int32_t label(int) const { return 0; }
  virtual std::span<const float> values(int) const { return {}; }
  // Examples of one group belong together, as those of one recording: no division of a source separates them.
  virtual int32_t group(int index) const { return index; }
  // What people know an example by: its file, or its place in one.
  virtual std::string name(int index) const { return "example " + std::to_string(index); }
  // Whether each is decoded out of a file of its own. That takes long: several threads share a batch, and the
  // normalisation of a large set is measured on a part of it.
  virtual bool decodes() const { return false; }
  // A hash of the examples: almost certainly different for sources with different examples.
  virtual uint32_t fingerprint() const = 0;
};

// Pictures as bytes in memory, each of a class.
struct ImageSet : Source {
  int height = 0, width = 0, channels = 0;
  std::vector<uint8_t> pixels;  // (N,H,W,C)
  std::vector<uint8_t> labels;  // (N)

  ImageSet() = default;
  ImageSet(int rows, int columns, int depth, std::vector<uint8_t> bytes, std::vector<uint8_t> classes);

  InputShape input() const override { return {height, width, channels, Element::U8}; }
  int count() const override { return static_cast<int>(labels.size()); }
  const std::byte* read(int index, std::vector<std::byte>&) const override;
  int32_t label(int index) const override { return labels[static_cast<size_t>(index)]; }
  uint32_t fingerprint() const override;

  const uint8_t* image(int index) const {
    return pixels.data() + static_cast<size_t>(index) * input().bytes();
  }
};

// Measurements as floats in memory, each with a class, or with numbers that are asked for.
struct ArraySet : Source {
  InputShape shape;             // its element is F32
  std::vector<float> numbers;   // (N,H,W,C)
  std::vector<int32_t> labels;  // (N), or
  std::vector<float> targets;   // (N, values_each)
  int values_each = 0;

  // Throws Failure::Data when the lengths do not fit each other, or a number is not finite.
  ArraySet(InputShape of_one, std::vector<float> inputs, std::vector<int32_t> classes);
  ArraySet(InputShape of_one, std::vector<float> inputs, std::vector<float> values, int each);

  InputShape input() const override { return shape; }
  int count() const override;
  const std::byte* read(int index, std::vector<std::byte>&) const override;
  int32_t label(int index) const override { return labels.empty() ? 0 : labels[static_cast<size_t>(index)]; }
  std::span<const float> values(int index) const override;
  uint32_t fingerprint() const override;

 private:
  void require_usable(size_t targets_given) const;
};

// Parts of a fingerprint, and the whole.
uint32_t fingerprint_of(const InputShape& shape, std::initializer_list<uint32_t> checksums);
template <class T>
uint32_t checksum_of(const std::vector<T>& values) {
  return crc32_of({reinterpret_cast<const uint8_t*>(values.data()), values.size() * sizeof(T)});
}

// The training and the test examples of one task.
struct Dataset {
  Spec spec;  // its normalisation is measured before training
  std::shared_ptr<const Source> train, test;
  std::string folder{};              // where it was read from
  std::vector<std::string> notes{};  // what its reader found, for people: a line each
  // Examples to watch the training, if the data has some of its own; otherwise they come out of `train`.
  std::shared_ptr<const Source> validation{};
};

}  // namespace pare
