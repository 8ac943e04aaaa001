// The templates of Fields: they forget the type and call the rest. Included by fields.h only.
#pragma once

#include <utility>

#include "framework/config/fields/fields.h"
#include "framework/config/fields/scalars.h"
#include "framework/config/sections.h"

namespace pare {

template <class Enum>
requires std::is_enum_v<Enum>
void Fields::choice(const char* name, Enum& value, std::span<const Word<std::type_identity_t<Enum>>> words,
                    const char* help, Need need) {
  std::string word;
  std::vector<std::string> known;
  for (const Word<Enum>& row : words) {
    known.emplace_back(row.word);
    if (row.value == value) word = row.word;
  }
  choice(name, word, known, help, need);
  for (const Word<Enum>& row : words)
    if (row.word == word) value = row.value;
}

template <class T>
void Fields::section(const char* name, T& value, const char* help, Need need) {
  section(Key{name, help, need}, [&value](Fields& fields) { value.describe(fields); });
}

template <class T>
void Fields::section(const char* name, std::optional<T>& value, const char* help) {
  bool present = value.has_value();
  T content = present ? std::move(*value) : T();
  section(
      Key{name, help}, [&content](Fields& fields) { content.describe(fields); }, present);
  if (present)
    value = std::move(content);
  else
    value.reset();
}

template <class T>
void Fields::sections(const char* name, std::vector<T>& values, const char* help) {
  std::vector<std::unique_ptr<Described>> any;
  for (T& value : values) any.push_back(std::make_unique<T>(std::move(value)));
  sections({name, help}, any, []() -> std::unique_ptr<Described> { return std::make_unique<T>(); });
  values.clear();
  for (const auto& value : any) values.push_back(std::move(static_cast<T&>(*value)));
}

template <class Base>
void Fields::variant(const char* name, Variant<Base>& value, const Table<Base>& table, const char* help,
                     Need need) {
  VariantOf<Base> any(value, table);
  variant(Key{name, help, need}, any, any_table(table));
}

// One item of a list: the Value of a variant that is no field of its own.
template <class Base>
class VariantItem final : public Value {
 public:
  VariantItem(Variant<Base>& item, const Table<Base>& table, const AnyTable& names)
      : item_(item, table), value_(item_, names, VariantValue::Null::Forbidden) {}
  std::string expectation() const override { return value_.expectation(); }
  void read(const Json& json, const Place& place) override { value_.read(json, place); }
  Json write() override { return value_.write(); }
  Json schema(Definitions& definitions) override { return value_.schema(definitions); }

 private:
  VariantOf<Base> item_;
  VariantValue value_;
};

template <class Base>
void Fields::variants(const char* name, std::vector<Variant<Base>>& values, const Table<Base>& table,
                      const char* help, Need need) {
  const AnyTable names = any_table(table);
  const auto item = [&](Variant<Base>& one) { return VariantItem<Base>(one, table, names); };
  ListValue<Variant<Base>, decltype(item)> list(values, item);
  field(Key{name, help, need}, list);
}

}  // namespace pare
