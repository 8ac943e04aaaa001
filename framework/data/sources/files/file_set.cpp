#include "framework/data/sources/files/file_set.h"

#include <fcntl.h>

#include <algorithm>

#include "framework/base/error.h"
#include "framework/config/suggest.h"
#include "framework/data/preprocessing/described.h"
#include "framework/data/sources/groups.h"
#include "framework/files/descriptor.h"
#include "framework/files/file.h"
#include "framework/parallel/threads.h"

namespace pare {
namespace {

constexpr size_t kBeginning = 4096;

// A hash of the name, the size and the beginning of a file.
uint32_t checksum_of_file(const ExampleFiles& files, size_t index, const OneInputAFile& reader) {
  const std::string path = files.path(index);
  Descriptor file(path, O_RDONLY | O_CLOEXEC);
  std::vector<uint8_t> bytes(kBeginning);
  size_t count = 0;
  for (size_t more = 1; more > 0 && count < kBeginning; count += more)
    more = file.read_some(std::span(bytes).subspan(count));
  bytes.resize(count);
  reader.require_known(bytes, path);
  ByteWriter all;
  all.put_text(files.names[index]);
  all.u64(file.size());
  all.put(bytes);
  return crc32_of(all.bytes());
}

// Calls act(i) for each of `count` files, on several threads. Throws the first failure by number, which also
// names the other files that failed.
template <class Act>
void for_all_files(const ExampleFiles& files, const Act& act) {
  std::vector<std::string> faults(files.count());
  parallel_ranges(std::ssize(faults), 1, [&](int64_t begin, int64_t end) {
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) try {
        act(i);
      } catch (const Error& error) {
        if (error.failure() != Failure::Data) throw;
        faults[i] = error.what();
      }
  });
  std::string first;
  std::vector<std::string> others;
  for (size_t i = 0; i < faults.size(); ++i) {
    if (faults[i].empty()) continue;
    first.empty() ? void(first = faults[i]) : others.push_back(files.path(i));
  }
  constexpr size_t kMostNamed = 5;
  const size_t count = others.size();
  others.resize(std::min(count, kMostNamed));
  require(first.empty(), Failure::Data, first,
          count == 0 ? ""
                     : text("; ", count, " more cannot be read: ", comma_list(others),
                            count > kMostNamed ? ", ..." : "", "; to leave such files out: \"damaged\": \"skip\""));
}

std::vector<int32_t> numbered(const std::vector<std::string>& names) {
  Groups groups;
  for (const std::string& name : names) groups.add(name);
  return groups.of_each;
}

}  // namespace

ExampleFiles readable(const ExampleFiles& files, const OneInputAFile& reader, const InputShape& input) {
  std::vector<uint8_t> good(files.count());
  parallel_ranges(std::ssize(good), 1, [&](int64_t begin, int64_t end) {
    std::vector<std::byte> buffer(input.bytes());
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) try {
        const std::string path = files.path(i);
        const std::vector<uint8_t> bytes = read_file(path, kLargestInputFile);
        reader.require_known(std::span(bytes).first(std::min(bytes.size(), kBeginning)), path);
        reader.prepare(bytes, path, input, buffer.data());
        good[i] = 1;
      } catch (const Error& error) {
        if (error.failure() != Failure::Data) throw;
      }
  });
  ExampleFiles kept{files.folder};
  for (size_t i = 0; i < good.size(); ++i)
    if (good[i] != 0) kept.append(files, i);
  return kept;
}

FileSet::FileSet(ExampleFiles files, Variant<Preprocessing> preprocessing, const InputShape& input)
    : files_(std::move(files)),
      preprocessing_(std::move(preprocessing)),
      input_(input),
      groups_(numbered(files_.groups)) {
  std::vector<uint32_t> sums(files_.count());
  for_all_files(files_, [&](size_t i) { sums[i] = checksum_of_file(files_, i, reader()); });
  fingerprint_ = fingerprint_of(
      input_, {checksum_of(sums), checksum_of(files_.labels), crc32_of(bytes_of(described(preprocessing_)))});
}

void FileSet::keep() {
  states_ = std::make_unique<std::atomic<uint8_t>[]>(files_.count());
  kept_ = std::make_unique_for_overwrite<std::byte[]>(files_.count() * input_.bytes());
}

void FileSet::try_all() const {
  for_all_files(files_, [&](size_t i) {
    std::vector<std::byte> buffer;
    read(static_cast<int>(i), buffer);
  });
}

const std::byte* FileSet::read(int index, std::vector<std::byte>& buffer) const {
  const auto at = static_cast<size_t>(index);
  std::byte* const place = kept_ ? kept_.get() + at * input_.bytes() : nullptr;
  if (place != nullptr && states_[at].load(std::memory_order_acquire) == kThere) return place;
  buffer.resize(input_.bytes());
  const std::string path = files_.path(at);
  reader().prepare(read_file(path, kLargestInputFile), path, input_, buffer.data());
  uint8_t before = kMissing;
  if (place != nullptr && states_[at].compare_exchange_strong(before, kBeingWritten)) {
    std::ranges::copy(buffer, place);
    states_[at].store(kThere, std::memory_order_release);
  }
  return buffer.data();
}

}  // namespace pare
