#include "framework/data/sources/table/table_set.h"

#include "framework/base/error.h"

namespace pare {
TableSet::TableSet(std::shared_ptr<const std::vector<float>> numbers, InputShape input,
                   std::vector<int> starts, Asked asked, std::vector<std::string> names,
                   std::vector<int32_t> groups)
    : numbers_(std::move(numbers)),
      input_(input),
      starts_(std::move(starts)),
      asked_(std::move(asked)),
      names_(std::move(names)),
      groups_(std::move(groups)) {
  check(input_.element == Element::F32 && input_.width == 1, "tables hold rows of floats");
  const int64_t rows = std::ssize(*numbers_) / input_.channels;
  for (const int start : starts_)
    check(start >= 0 && start <= rows - input_.height, "example at row ", start, " of ", rows);
  check(asked_.count() == starts_.size() && names_.size() == starts_.size() &&
            (groups_.empty() || groups_.size() == starts_.size()),
        "each example has a name, asks for something, and is of a group if any is");
}

const std::byte* TableSet::read(int index, std::vector<std::byte>&) const {
  return reinterpret_cast<const std::byte*>(numbers_->data() +
                                            int64_t{starts_[static_cast<size_t>(index)]} * input_.channels);
}

uint32_t TableSet::fingerprint() const {
  return fingerprint_of(input_, {checksum_of(*numbers_), checksum_of(starts_), checksum_of(asked_.classes),
                                 checksum_of(asked_.values)});
}

}  // namespace pare
