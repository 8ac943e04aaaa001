#include "framework/data/formats/gzip_file.h"

#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "framework/base/error.h"

namespace pare {
namespace {

constexpr unsigned kChunk = 1 << 18;

std::string why(gzFile file) {
  int code = Z_OK;
  const char* message = gzerror(file, &code);
  return code == Z_ERRNO ? std::strerror(errno) : message;
}

}  // namespace

std::vector<uint8_t> read_gzip_file(const std::string& path, size_t largest) {
  errno = 0;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose_r);
  require(file != nullptr, Failure::Data, path, ": cannot be opened: ", std::strerror(errno));
  gzbuffer(file.get(), kChunk);

  std::vector<uint8_t> bytes, chunk(kChunk);
  while (true) {
    const int got = gzread(file.get(), chunk.data(), kChunk);
    require(got >= 0, Failure::Data, path, ": cannot be read: ", why(file.get()), "; fetch the file again");
    if (got == 0) break;
    require(static_cast<size_t>(got) <= largest - bytes.size(), Failure::Data, path, ": holds more than the ",
            largest, " bytes allowed for a data file");
    bytes.insert(bytes.end(), chunk.begin(), chunk.begin() + got);
  }
  // gzread hands out what a cut-off stream holds without complaint; only closing tells.
  require(gzclose_r(file.release()) == Z_OK, Failure::Data, path,
          ": the gzip stream ends too early; fetch the file again");
  return bytes;
}

}  // namespace pare
