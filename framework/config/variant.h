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

// Anything that can name its fields (see fields.h); the base of every config chosen from a table.
class Described {
 public:
  virtual ~Described() = default;
  virtual void describe(Fields& fields) = 0;
};

// A row: {"conv2d", make_config<Conv2dConfig>, "two-dimensional convolution"}
template <class Base>
struct Choice {
  const char* name;
  std::unique_ptr<Base> (*make)();  // with every field at its default
  const char* help;
};

template <class Derived, class Base>
std::unique_ptr<Base> make_config() {
  return std::make_unique<Derived>();
}

// Table<LayerConfig>{"layer", "layer", {rows}}. A table outlives all uses of it: return it as a static const.
template <class Base>
struct Table {
  const char* noun;  // one word, unique among tables, for errors and the schema: unknown layer 'conv'
  const char* tag;   // the key that holds the name
  std::vector<Choice<Base>> rows;
};

// The chosen object and the name of its row. Empty when nothing is chosen.
template <class Base>
struct Variant {
  std::string kind;
  std::unique_ptr<Base> config;

  explicit operator bool() const { return config != nullptr; }
  Base& operator*() const { return *config; }
  Base* operator->() const { return config.get(); }
};

// The default of a field: Variant<OptimizerConfig> optimizer = choose(optimizer_table(), "adam");
template <class Base>
Variant<Base> choose(const Table<Base>& table, std::string_view name) {
  for (const Choice<Base>& row : table.rows)
    if (row.name == name) return {row.name, row.make()};
  fail(Failure::Internal, "there is no ", table.noun, " '", name, "'");
}

// The same with `Base` forgotten, which is all that reading, writing and schemas need.
struct AnyVariant {
  std::string kind;
  std::unique_ptr<Described> config;
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
AnyTable forget_base(const Table<Base>& table) {
  AnyTable any{table.noun, table.tag, &table, {}};
  for (const Choice<Base>& row : table.rows) any.rows.push_back({row.name, row.make, row.help});
  return any;
}
template <class Base>
AnyVariant forget_base(Variant<Base>&& variant) {
  return {std::move(variant.kind), std::move(variant.config)};
}
// Only for what came out of a Table<Base>.
template <class Base>
Variant<Base> recall_base(AnyVariant&& any) {
  return {std::move(any.kind), std::unique_ptr<Base>(static_cast<Base*>(any.config.release()))};
}

}  // namespace pare
