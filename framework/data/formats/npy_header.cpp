#include "framework/data/formats/npy_header.h"

#include <charconv>
#include <set>
#include <string_view>

#include "framework/base/error.h"
#include "framework/files/bytes.h"

namespace pare {
namespace {

constexpr size_t kMostExtents = 32;  // NumPy's own limit

// The literal {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } with its keys in any order.
class DictReader {
 public:
  DictReader(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  NpyHeader read() {
    NpyHeader header;
    std::set<std::string> keys;
    need('{');
    while (!take('}')) {
      const std::string key = string();
      need(':');
      if (!keys.insert(key).second) refuse("a key twice");
      if (key == "descr")
        header.descr = descr();
      else if (key == "fortran_order")
        header.fortran_order = truth();
      else if (key == "shape")
        header.shape = shape();
      else
        refuse("an unknown key");
      if (take('}')) break;
      need(',');
    }
    if (keys.size() != 3) refuse("not all of the keys descr, fortran_order and shape");
    skip_blanks();
    if (!text_.empty()) refuse("more after its end");
    return header;
  }

 private:
  void skip_blanks() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\n')) text_.remove_prefix(1);
  }
  bool take(char wanted) {
    skip_blanks();
    if (!text_.starts_with(wanted)) return false;
    text_.remove_prefix(1);
    return true;
  }
  void need(char wanted) {
    if (!take(wanted)) refuse(text("no ", wanted, " where one belongs").c_str());
  }
  bool take_word(std::string_view word) {
    skip_blanks();
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  std::string string() {
    const char quote = take('\'') ? '\'' : '"';
    if (quote == '"') need('"');
    const size_t end = text_.find(quote);
    if (end == std::string_view::npos) refuse("a string without an end");
    std::string found(text_.substr(0, end));
    if (found.find('\\') != std::string::npos) refuse("a string with a backslash");
    text_.remove_prefix(end + 1);
    return found;
  }
  std::string descr() {
    skip_blanks();
    require(!text_.starts_with('['), Failure::Data, name_,
            ": holds records with several fields; save each field as an array of its own");
    return string();
  }
  bool truth() {
    if (take_word("True")) return true;
    if (!take_word("False")) refuse("neither True nor False for fortran_order");
    return false;
  }
  std::vector<int64_t> shape() {
    std::vector<int64_t> extents;
    need('(');
    while (!take(')')) {
      skip_blanks();
      int64_t extent = -1;
      const auto [end, problem] = std::from_chars(text_.data(), text_.data() + text_.size(), extent);
      if (problem != std::errc() || extent < 0) refuse("an extent that is no number");
      text_.remove_prefix(static_cast<size_t>(end - text_.data()));
      extents.push_back(extent);
      if (extents.size() > kMostExtents) refuse("too many extents");
      if (take(')')) break;
      need(',');
    }
    return extents;
  }
  [[noreturn]] void refuse(const char* what) const {
    fail(Failure::Data, name_, ": its header has ", what, "; save it again with numpy.save");
  }

  std::string_view text_;
  const std::string& name_;
};

}  // namespace

NpyHeader parse_npy_header(std::span<const uint8_t> bytes, const std::string& name) {
  ByteReader reader(bytes, name);
  reader.take(6);  // the magic, which the caller has seen
  const int major = reader.u8();
  reader.u8();
  require(major >= 1 && major <= 3, Failure::Data, name, ": is of version ", major,
          " of the format, expected 1 to 3; save it again with numpy.save");
  uint32_t length = 0;
  if (major == 1) {
    length = reader.u8();
    length |= uint32_t{reader.u8()} << 8;
  } else {
    length = reader.u32();
  }
  NpyHeader header = DictReader(reader.take_text(length), name).read();
  header.size = reader.position();
  return header;
}

}  // namespace pare
