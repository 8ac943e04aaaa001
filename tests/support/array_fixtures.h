// .npy and .npz files for the tests, as NumPy writes them.
#pragma once

#include <zip.h>

#include <cstring>

#include "tests/support/data_fixtures.h"

namespace pare {

// Magic, version, the header padded to 64 bytes as NumPy does, and the numbers.
inline Bytes npy_of_header(const std::string& header, const Bytes& numbers, int version = 1) {
  std::string text = header;
  const size_t before = version == 1 ? 10 : 12;
  while ((before + text.size() + 1) % 64 != 0) text += ' ';
  text += '\n';
  Bytes bytes{0x93, 'N', 'U', 'M', 'P', 'Y', static_cast<uint8_t>(version), 0};
  for (size_t i = 0; i < before - 8; ++i) bytes.push_back(static_cast<uint8_t>(text.size() >> (8 * i)));
  bytes.insert(bytes.end(), text.begin(), text.end());
  bytes.insert(bytes.end(), numbers.begin(), numbers.end());
  return bytes;
}

inline std::string npy_header(const std::string& descr, const std::string& shape,
                              const std::string& fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': (" + shape + "), }";
}

template <class T>
Bytes raw(const std::vector<T>& numbers) {
  Bytes bytes(numbers.size() * sizeof(T));
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

template <class T>
Bytes npy_bytes(const std::string& descr, const std::string& shape, const std::vector<T>& numbers,
                const std::string& fortran = "False") {
  return npy_of_header(npy_header(descr, shape, fortran), raw(numbers));
}

struct NpzEntry {
  std::string name;
  Bytes bytes;
  int method = ZIP_CM_DEFLATE;
};

inline std::string write_npz(const TemporaryDirectory& directory, const std::string& name,
                             const std::vector<NpzEntry>& entries) {
  const std::string path = directory.path() + "/" + name;
  int code = 0;
  zip_t* const archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  REQUIRE(archive != nullptr);
  for (const NpzEntry& entry : entries) {
    zip_source_t* const source = zip_source_buffer(archive, entry.bytes.data(), entry.bytes.size(), 0);
    const zip_int64_t index = zip_file_add(archive, (entry.name + ".npy").c_str(), source, 0);
    REQUIRE(index >= 0);
    REQUIRE(zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), entry.method, 0) == 0);
  }
  REQUIRE(zip_close(archive) == 0);
  return path;
}

}  // namespace pare
