// What a file is by its first bytes, whatever its name says.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

namespace pare {

struct Beginning {
  size_t at;
  std::string_view bytes;
  const char* what;  // "a GIF"
};

inline bool begins(std::span<const uint8_t> file, size_t at, std::string_view with) {
  return file.size() >= at + with.size() &&
         std::equal(with.begin(), with.end(), file.begin() + static_cast<ptrdiff_t>(at),
                    [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
}

// Which of these it is; nullptr: none.
inline const char* known_beginning(std::span<const uint8_t> file, std::span<const Beginning> all) {
  const auto found =
      std::ranges::find_if(all, [&](const Beginning& one) { return begins(file, one.at, one.bytes); });
  return found == all.end() ? nullptr : found->what;
}

// What stands in the place of many kinds of files.
constexpr Beginning kNoFiles[] = {
    {0, "<!DOCTYPE", "a web page, as a failed download leaves it"},
    {0, "<html", "a web page, as a failed download leaves it"},
    {0, "version https://", "a pointer of Git LFS instead of the file"},
};

}  // namespace pare
