// A config object whose type is chosen by a word: a layer, an optimiser, a schedule, a compression method.
// `{"layer": "conv2d", "channels": 20}` is made by the row "conv2d" of the table of layers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/error.h"

namespace pare {

class Fields;

// Names the fields of one object, such as [&](Fields& fields) { config.describe(fields); }
using Describe = std::function<void(Fields&)>;

// Anything that can name its fields (see fields.h); the base of every config chosen from a table.
class Described {
 public:
  virtual ~Described() = default;
  virtual void describe(Fields& fields) = 0;
};

// A row of a table: RowOf<Conv2dConfig>{"conv2d", "two-dimensional convolution"} makes one.
template <class Base>
struct Choice {
  const char* name;
  std::unique_ptr<Base> (*make)();  // with every field at its default
  std::unique_ptr<Base> (*copy)(const Base&);
  const char* help;
};

template <class Derived>
struct RowOf {
  const char* name;
  const char* help;

  template <class Base>
  operator Choice<Base>() const {  // NOLINT(google-explicit-constructor): rows are listed as they are
    return {name, []() -> std::unique_ptr<Base> { return std::make_unique<Derived>(); },
            [](const Base& config) -> std::unique_ptr<Base> {
              return std::make_unique<Derived>(static_cast<const Derived&>(config));
            },
            help};
  }
};

// Table<LayerConfig>{"layer", "layer", {rows}}. A table outlives all uses of it: return it as a static const.
template <class Base>
struct Table {
  const char* noun;  // one word, unique among tables, for errors and the schema: unknown layer 'conv'
  const char* tag;   // the key that holds the name
  std::vector<Choice<Base>> rows;
};

// The chosen object and the name of its row: a value, a copy is independent. Empty when nothing is chosen.
template <class Base>
class Variant {
 public:
  Variant() = default;
  explicit Variant(const Choice<Base>& row) : kind(row.name), config_(row.make()), copy_(row.copy) {}
  Variant(const Variant& other)
      : kind(other.kind), config_(other ? other.copy_(*other) : nullptr), copy_(other.copy_) {}
  Variant(Variant&&) noexcept = default;
  Variant& operator=(Variant other) noexcept {
    kind.swap(other.kind);
    config_.swap(other.config_);
    copy_ = other.copy_;
    return *this;
  }
  ~Variant() = default;

  std::string kind;

  explicit operator bool() const { return config_ != nullptr; }
  Base& operator*() { return *config_; }
  Base* operator->() { return config_.get(); }
  const Base& operator*() const { return *config_; }
  const Base* operator->() const { return config_.get(); }

 private:
  std::unique_ptr<Base> config_;
  std::unique_ptr<Base> (*copy_)(const Base&) = nullptr;
};

// The default of a field: Variant<OptimizerConfig> optimizer = choose(optimizer_table(), "adam");
template <class Base>
Variant<Base> choose(const Table<Base>& table, std::string_view name) {
  for (const Choice<Base>& row : table.rows)
    if (row.name == name) return Variant<Base>(row);
  fail(Failure::Internal, "there is no ", table.noun, " '", name, "'");
}

// A table and a variant of it with `Base` forgotten: all that reading, writing and schemas need.
class AnyVariant {
 public:
  virtual ~AnyVariant() = default;
  virtual const std::string& kind() const = 0;
  virtual Described* config() = 0;  // null when nothing is chosen
  virtual void choose(size_t row) = 0;
  virtual void clear() = 0;
};
struct AnyChoice {
  const char* name;
  std::function<std::unique_ptr<Described>()> make;
  const char* help;
};
struct AnyTable {
  const char* noun;
  const char* tag;
  const void* identity;  // tells tables apart
  std::vector<AnyChoice> rows;
};

template <class Base>
AnyTable any_table(const Table<Base>& table) {
  AnyTable any{table.noun, table.tag, &table, {}};
  for (const Choice<Base>& row : table.rows) any.rows.push_back({row.name, row.make, row.help});
  return any;
}

// Refers to a variant, and changes it in place.
template <class Base>
class VariantOf final : public AnyVariant {
 public:
  VariantOf(Variant<Base>& variant, const Table<Base>& table) : variant_(variant), table_(table) {}
  const std::string& kind() const override { return variant_.kind; }
  Described* config() override { return variant_ ? &*variant_ : nullptr; }
  void choose(size_t row) override { variant_ = Variant<Base>(table_.rows[row]); }
  void clear() override { variant_ = {}; }

 private:
  Variant<Base>& variant_;
  const Table<Base>& table_;
};

}  // namespace pare
