// The way in: nlohmann's parser, which builds our value.
#include "framework/json/json.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <unordered_set>

namespace pare {
namespace {

constexpr size_t kMaxDepth = 64;  // deeper than anyone nests by hand, and destroying a value recurses

// Walks through the text and counts what was read: the parser does not tell its listener where it is.
struct Cursor {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  const char* at;
  size_t* consumed;

  reference operator*() const { return *at; }
  Cursor& operator++() {
    ++at;
    ++*consumed;
    return *this;
  }
  bool operator==(const Cursor& other) const { return at == other.at; }
  bool operator!=(const Cursor& other) const { return at != other.at; }
};

// Listens to nlohmann's parser and builds our value.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  Builder(std::string_view text, const std::string& file_name, Failure failure)
      : text_(text), file_name_(file_name), failure_(failure) {}

  Cursor begin() { return {text_.data(), &consumed_}; }
  Cursor end() { return {text_.data() + text_.size(), &consumed_}; }
  Json take() { return std::move(root_); }

  bool null() override { return add({}); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(int64_t value) override { return add(value); }
  bool number_unsigned(uint64_t value) override {
    return add(std::in_range<int64_t>(value) ? Json(value) : Json(static_cast<double>(value)));
  }
  bool number_float(double value, const std::string&) override { return add(value); }
  bool string(std::string& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }  // JSON text has none
  bool start_object(size_t) override { return open(Json::object()); }
  bool start_array(size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& name) override {
    if (!keys_.back().insert(name).second)
      fail_at(consumed_, text("duplicate key '", path(), name, "'; keep one of the two"));
    open_.back()->members().emplace_back(std::move(name), Json());
    return true;
  }

  // The parser takes a zero byte for the end of the text and would not see what follows.
  void refuse_zero_bytes() const {
    require(!text_.starts_with("\xFF\xFE") && !text_.starts_with("\xFE\xFF") && !every_other_byte_is_zero(),
            failure_, file_name_, ": this is UTF-16, expected UTF-8; save it in that encoding");
    if (const size_t at = text_.find('\0'); at != std::string_view::npos)
      fail_at(at + 1, "a zero byte, which no JSON text holds");
  }

  // "[json.exception.parse_error.101] parse error at line 1, column 2: what is wrong"
  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception& error) override {
    std::string message = error.what();
    message.erase(0, message.find("] ") + 2);
    if (message.starts_with("parse error at")) message.erase(0, message.find(": ") + 2);
    fail_at(position, message);
  }

 private:
  // As in UTF-16 without its mark, where the text begins with ASCII.
  bool every_other_byte_is_zero() const {
    const auto pair = [&](size_t i) {
      return text_.size() >= i + 2 && (text_[i] == 0) != (text_[i + 1] == 0);
    };
    return pair(0) && pair(2);
  }
  // Where the next value belongs: the root, a new element, or the member whose key came last.
  Json& place() {
    if (open_.empty()) return root_;
    Json& container = *open_.back();
    if (container.is_array()) return container.items().emplace_back();
    return container.members().back().second;
  }
  bool add(Json value) {
    place() = std::move(value);
    return true;
  }
  // Pointers into open containers stay good: only the innermost one grows.
  bool open(Json container) {
    if (open_.size() == kMaxDepth) fail_at(consumed_, text("nested deeper than ", kMaxDepth, " levels"));
    Json& here = place();
    here = std::move(container);
    open_.push_back(&here);
    keys_.emplace_back();
    return true;
  }
  bool close() {
    open_.pop_back();
    keys_.pop_back();
    return true;
  }

  // The path to the innermost open object, ending in a dot: "network[2]." or "".
  std::string path() const {
    std::string path;
    for (size_t level = 0; level + 1 < open_.size(); ++level) {
      const Json& container = *open_[level];
      if (container.is_array())
        path += text('[', container.items().size() - 1, ']');
      else
        path += text(path.empty() ? "" : ".", container.members().back().first);
    }
    return path.empty() ? path : path + '.';
  }

  // `position`: how many bytes were read, the last one being the offender.
  [[noreturn]] void fail_at(size_t position, const std::string& message) const {
    const std::string_view before = text_.substr(0, position > 0 ? position - 1 : 0);
    const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    fail(failure_, file_name_, ':', std::ranges::count(before, '\n') + 1, ':', before.size() - line_start + 1,
         ": ", message);
  }

  std::string_view text_;
  const std::string& file_name_;
  Failure failure_;
  size_t consumed_ = 0;
  Json root_;
  std::vector<Json*> open_;
  std::vector<std::unordered_set<std::string>> keys_;  // of each open container: large objects stay linear
};

}  // namespace

Json parse_json(std::string_view text, const std::string& file_name, Failure failure) {
  Builder builder(text, file_name, failure);
  builder.refuse_zero_bytes();
  nlohmann::json::sax_parse(builder.begin(), builder.end(), &builder, nlohmann::json::input_format_t::json,
                            /*strict=*/true, /*ignore_comments=*/true);
  return builder.take();
}

}  // namespace pare
