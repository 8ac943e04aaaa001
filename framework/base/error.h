// Errors: one exception type, with a message of one line and the exit code.
#pragma once

#include <cmath>
#include <locale>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace pare {

// Whose fault it is. The value is the exit code of the program.
enum class Failure {
  Internal = 1,  // a broken promise inside Pare, or a library call misused
  Usage = 2,     // the command line or the config
  Data = 3,      // a data set, a model file, a directory
  Diverged = 4,  // the training produced NaN or infinity
};

class Error : public std::runtime_error {
 public:
  // Messages quote files of strangers: line breaks and other control characters become '?', and what is too
  // long for a line loses its middle.
  Error(Failure failure, const std::string& message);
  Failure failure() const { return failure_; }

 private:
  Failure failure_;
};

// Streams all parts into one string: text("conv2d: ", shape, " has ", n, " channels"). Numbers look the same
// whatever locale the program we are part of has set: files and configs hold them.
template <class... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  const auto put = [&out](const auto& part) {
    if constexpr (std::is_floating_point_v<std::remove_cvref_t<decltype(part)>>)
      out << (std::isnan(part) ? std::fabs(part) : part);  // "nan" and never "-nan"
    else
      out << part;
  };
  (put(parts), ...);
  return out.str();
}

template <class... Parts>
[[noreturn]] void fail(Failure failure, const Parts&... parts) {
  throw Error(failure, text(parts...));
}

// Throws when `ok` is false. The parts say where, what was expected, what was found and what to try.
template <class... Parts>
void require(bool ok, Failure failure, const Parts&... parts) {
  if (!ok) fail(failure, parts...);
}

// A promise between functions, not a user's mistake: `require` with Failure::Internal.
template <class... Parts>
void check(bool ok, const Parts&... parts) {
  if (!ok) fail(Failure::Internal, parts...);
}

}  // namespace pare
