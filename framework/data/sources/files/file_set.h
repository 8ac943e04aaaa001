// FileSet: examples that are files, decoded when they are asked for, so that there may be more of them than
// fit into memory.
#pragma once

#include <atomic>
#include <memory>

#include "framework/data/source.h"
#include "framework/data/sources/files/example_files.h"

namespace pare {

// Those of the files that can be decoded.
ExampleFiles readable(const ExampleFiles& files, const OneInputAFile& reader, const InputShape& input);

class FileSet : public Source {
 public:
  // `preprocessing` is a OneInputAFile. Looks at the beginning of each file. Throws Failure::Data naming
  // those that cannot be what is wanted.
  FileSet(ExampleFiles files, Variant<Preprocessing> preprocessing, const InputShape& input);

  // From now on, what was decoded once is kept.
  void keep();
  // Decodes all of them, to see whether they can be.
  void try_all() const;

  InputShape input() const override { return input_; }
  int count() const override { return static_cast<int>(files_.count()); }
  const std::byte* read(int index, std::vector<std::byte>& buffer) const override;
  int32_t label(int index) const override { return files_.labels[static_cast<size_t>(index)]; }
  int32_t group(int index) const override {
    return groups_.empty() ? index : groups_[static_cast<size_t>(index)];
  }
  std::string name(int index) const override { return files_.path(static_cast<size_t>(index)); }
  bool decodes() const override { return true; }
  // Of names, sizes, the first 4 KiB of each file, and of how they are read.
  uint32_t fingerprint() const override { return fingerprint_; }

 private:
  const OneInputAFile& reader() const { return static_cast<const OneInputAFile&>(*preprocessing_); }

  ExampleFiles files_;
  Variant<Preprocessing> preprocessing_;
  InputShape input_;
  std::vector<int32_t> groups_;  // (N), or none
  uint32_t fingerprint_ = 0;
  enum State : uint8_t { kMissing, kBeingWritten, kThere };  // of a kept example
  std::unique_ptr<std::byte[]> kept_;                        // (N,H,W,C), or null
  std::unique_ptr<std::atomic<uint8_t>[]> states_;           // (N)
};

}  // namespace pare
