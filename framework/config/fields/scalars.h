// The plain kinds of Value: flags, numbers, words, lengths, what may be missing, and lists of them.
#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "framework/config/fields/length.h"
#include "framework/config/fields/range.h"
#include "framework/config/fields/value.h"
#include "framework/config/place.h"

namespace pare {

class FlagValue final : public Value {
 public:
  explicit FlagValue(bool& value) : value_(value) {}
  std::string expectation() const override { return "true or false"; }
  void read(const Json& json, const Place& place) override;
  Json write() override { return value_; }
  Json schema(Definitions&) override { return Json::object({{"type", "boolean"}}); }

 private:
  bool& value_;
};

// T: int, int64_t or uint64_t (of which JSON carries the lower half).
template <class T>
class IntegerValue final : public Value {
 public:
  IntegerValue(T& value, const Range& range) : value_(value), range_(range) {}
  std::string expectation() const override { return "an integer" + range_.text(); }
  void read(const Json& json, const Place& place) override;
  Json write() override { return value_; }
  Json schema(Definitions&) override;

 private:
  T& value_;
  Range range_;
};

class NumberValue final : public Value {
 public:
  NumberValue(double& value, const Range& range) : value_(value), range_(range) {}
  std::string expectation() const override { return "a number" + range_.text(); }
  void read(const Json& json, const Place& place) override;
  Json write() override { return value_; }
  Json schema(Definitions&) override;

 private:
  double& value_;
  Range range_;
};

class TextValue final : public Value {
 public:
  explicit TextValue(std::string& value) : value_(value) {}
  std::string expectation() const override { return "a string"; }
  void read(const Json& json, const Place& place) override;
  Json write() override { return value_; }
  Json schema(Definitions&) override { return Json::object({{"type", "string"}}); }

 private:
  std::string& value_;
};

class WordValue final : public Value {
 public:
  WordValue(std::string& value, const std::vector<std::string>& words) : value_(value), words_(words) {}
  std::string expectation() const override;
  void read(const Json& json, const Place& place) override;
  Json write() override { return value_; }
  Json schema(Definitions&) override;

 private:
  std::string& value_;
  const std::vector<std::string>& words_;
};

class LengthValue final : public Value {
 public:
  LengthValue(Length& value, const Range& range) : value_(value), range_(range) {}
  std::string expectation() const override;
  void read(const Json& json, const Place& place) override;
  Json write() override { return to_json(value_); }
  Json schema(Definitions&) override;

 private:
  Length& value_;
  Range range_;
};

// Null when it is missing. `make(content)` is the Value of what is there otherwise.
template <class T, class Make>
class OptionalValue final : public Value {
 public:
  OptionalValue(std::optional<T>& value, Make make) : value_(value), make_(std::move(make)) {}
  std::string expectation() const override {
    T content{};
    return "null or " + make_(content).expectation();
  }
  void read(const Json& json, const Place& place) override {
    value_.reset();
    if (json.is_null()) return;
    T content{};
    make_(content).read(json, place);
    value_ = content;
  }
  Json write() override { return value_ ? make_(*value_).write() : Json(); }
  Json schema(Definitions& definitions) override {
    T content{};
    return Json::object(
        {{"anyOf", Json::array({Json::object({{"type", "null"}}), make_(content).schema(definitions)})}});
  }

 private:
  std::optional<T>& value_;
  Make make_;
};

// `make(item)` is the Value of one item.
template <class T, class Make>
class ListValue final : public Value {
 public:
  ListValue(std::vector<T>& items, Make make) : items_(items), make_(std::move(make)) {}
  std::string expectation() const override {
    T item{};
    return "a list, each item " + make_(item).expectation();
  }
  void read(const Json& json, const Place& place) override {
    if (!json.is_array()) place.expected(expectation(), json);
    items_.clear();
    for (const Json& element : json.items()) {
      T item{};
      make_(item).read(element, place.item(items_.size()));
      items_.push_back(std::move(item));
    }
  }
  Json write() override {
    Json list = Json::array();
    for (T& item : items_) list.push(make_(item).write());
    return list;
  }
  Json schema(Definitions& definitions) override {
    T item{};
    return Json::object({{"type", "array"}, {"items", make_(item).schema(definitions)}});
  }

 private:
  std::vector<T>& items_;
  Make make_;
};

}  // namespace pare
