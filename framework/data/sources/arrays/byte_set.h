// ByteSet: bytes in memory with more classes than ImageSet's labels can tell apart, or with numbers to
// predict.
#pragma once

#include "framework/data/source.h"
#include "framework/data/sources/asked.h"

namespace pare {

class ByteSet : public Source {
 public:
  // bytes: (N,H,W,C)
  ByteSet(InputShape shape, std::vector<uint8_t> bytes, Asked asked);

  InputShape input() const override { return shape_; }
  int count() const override { return static_cast<int>(asked_.count()); }
  const std::byte* read(int index, std::vector<std::byte>&) const override;
  int32_t label(int index) const override { return asked_.label(index); }
  std::span<const float> values(int index) const override { return asked_.of(index); }
  uint32_t fingerprint() const override;

 private:
  InputShape shape_;
  std::vector<uint8_t> bytes_;
  Asked asked_;
};

}  // namespace pare
