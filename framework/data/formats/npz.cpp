#include "framework/data/formats/npz.h"

#include <zip.h>

#include <algorithm>

#include "framework/base/error.h"
#include "framework/config/suggest.h"

namespace pare {
namespace {

constexpr uint64_t kLargestArray = uint64_t{1} << 33;
constexpr uint64_t kMostDeflated = 1040;  // times as long as what is packed: deflate reaches 1032
constexpr size_t kChunk = 1 << 20;
constexpr std::string_view kEnding = ".npy";

std::string why(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string words = zip_error_strerror(&error);
  zip_error_fini(&error);
  return words;
}

void require_honest(const zip_stat_t& entry, const std::string& name) {
  constexpr uint64_t kKnown =
      ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  require((entry.valid & kKnown) == kKnown, Failure::Data, name, ": its zip entry is damaged");
  require(entry.encryption_method == ZIP_EM_NONE, Failure::Data, name,
          ": is encrypted; save it anew with numpy.savez");
  require(entry.comp_method == ZIP_CM_STORE || entry.comp_method == ZIP_CM_DEFLATE, Failure::Data, name,
          ": is packed by method ", entry.comp_method,
          " of zip, expected stored or deflated; save it anew with numpy.savez_compressed");
  require(entry.size <= kLargestArray, Failure::Data, name, ": says it has ", entry.size, " bytes, at most ",
          kLargestArray, " are allowed");
  const bool fits = entry.comp_method == ZIP_CM_STORE ? entry.size == entry.comp_size
                                                      : entry.size / kMostDeflated <= entry.comp_size;
  require(fits, Failure::Data, name, ": says it has ", entry.size, " bytes, but only ", entry.comp_size,
          " are there; the file is damaged");
}

}  // namespace

NpzFile::NpzFile(const std::string& path)
    : path_(path), archive_(nullptr, [](zip* archive) { zip_discard(archive); }) {
  int code = 0;
  archive_.reset(zip_open(path.c_str(), ZIP_RDONLY, &code));
  require(archive_ != nullptr, Failure::Data, path, ": is no .npz file (a zip): ", why(code));
  const zip_int64_t entries = zip_get_num_entries(archive_.get(), 0);
  for (zip_int64_t i = 0; i < entries; ++i) {
    const char* const raw = zip_get_name(archive_.get(), static_cast<zip_uint64_t>(i), ZIP_FL_ENC_GUESS);
    const std::string_view name = raw == nullptr ? "" : raw;
    if (name.ends_with(kEnding)) names_.emplace_back(name.substr(0, name.size() - kEnding.size()));
  }
}

NpyArray NpzFile::read(const std::string& array) const {
  const std::string name = text(path_, ": array '", array, "'");
  const std::string entry_name = array + std::string(kEnding);
  zip_stat_t entry;
  zip_stat_init(&entry);
  require(zip_stat(archive_.get(), entry_name.c_str(), 0, &entry) == 0, Failure::Data, path_,
          ": has no array '", array, "'", did_you_mean(array, names_, "arrays"));
  require_honest(entry, name);
  const std::unique_ptr<zip_file_t, void (*)(zip_file_t*)> file(
      zip_fopen_index(archive_.get(), entry.index, 0), [](zip_file_t* opened) { zip_fclose(opened); });
  require(file != nullptr, Failure::Data, name, ": cannot be unpacked: ", zip_strerror(archive_.get()));
  std::vector<uint8_t> bytes;
  while (true) {  // memory grows with the bytes that really come
    const size_t before = bytes.size();
    bytes.resize(before + std::min<uint64_t>(kChunk, entry.size - before + 1));
    const zip_int64_t got = zip_fread(file.get(), bytes.data() + before, bytes.size() - before);
    require(got >= 0, Failure::Data, name, ": cannot be unpacked: ", zip_file_strerror(file.get()),
            "; fetch the file again");
    bytes.resize(before + static_cast<size_t>(got));
    if (got == 0) break;
    require(bytes.size() <= entry.size, Failure::Data, name, ": is longer than its zip entry says");
  }
  require(bytes.size() == entry.size, Failure::Data, name, ": is shorter than its zip entry says");
  return parse_npy(bytes, name);
}

bool looks_like_zip(std::span<const uint8_t> bytes) {
  return bytes.size() >= 4 && bytes[0] == 'P' && bytes[1] == 'K' && (bytes[2] == 3 || bytes[2] == 5);
}

}  // namespace pare
