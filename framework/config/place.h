// Place: where in which file a value stands, so that every error can say so.
#pragma once

#include <string>
#include <string_view>

#include "framework/base/error.h"
#include "framework/json/json.h"

namespace pare {

class Place {
 public:
  Place(std::string file, Failure failure) : file_(std::move(file)), failure_(failure) {}

  Place key(std::string_view name) const { return within(text(path_.empty() ? "" : ".", name)); }
  Place item(size_t index) const { return within(text('[', index, ']')); }
  const std::string& path() const { return path_; }  // "network[2].kernel"; "" is the whole file

  // "config.json: network[2].kernel: " and the parts.
  template <class... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    pare::fail(failure_, file_, ": ", path_, path_.empty() ? "" : ": ", parts...);
  }
  [[noreturn]] void expected(std::string_view what, const Json& found) const {
    fail("expected ", what, ", got ", summary(found));
  }
  // An error about one of this object's keys: "config.json: unknown key 'network[2].kernal'" and the parts.
  template <class... Parts>
  [[noreturn]] void fail_key(std::string_view problem, std::string_view name, const Parts&... parts) const {
    pare::fail(failure_, file_, ": ", problem, " '", key(name).path(), "'", parts...);
  }

 private:
  Place within(const std::string& step) const {
    Place place = *this;
    place.path_ += step;
    return place;
  }

  std::string file_;
  std::string path_;
  Failure failure_;
};

}  // namespace pare
