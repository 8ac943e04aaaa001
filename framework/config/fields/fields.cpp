#include "framework/config/fields/fields.h"

#include "framework/config/fields/scalars.h"
#include "framework/config/sections.h"

namespace pare {
namespace {

template <class T, class Make>
void list_field(Fields& fields, const Key& key, std::vector<T>& items, Make make) {
  ListValue<T, Make> value(items, make);
  fields.field(key, value);
}

}  // namespace

void Fields::flag(const char* name, bool& value, const char* help, Need need) {
  FlagValue flag(value);
  field({name, help, need}, flag);
}

void Fields::integer(const char* name, int& value, const Range& range, const char* help, Need need) {
  IntegerValue<int> integer(value, range);
  field({name, help, need}, integer);
}

void Fields::integer(const char* name, int64_t& value, const Range& range, const char* help, Need need) {
  IntegerValue<int64_t> integer(value, range);
  field({name, help, need}, integer);
}

void Fields::integer(const char* name, uint64_t& value, const Range& range, const char* help, Need need) {
  IntegerValue<uint64_t> integer(value, range);
  field({name, help, need}, integer);
}

void Fields::number(const char* name, double& value, const Range& range, const char* help, Need need) {
  NumberValue number(value, range);
  field({name, help, need}, number);
}

void Fields::text(const char* name, std::string& value, const char* help, Need need) {
  TextValue text(value);
  field({name, help, need}, text);
}

void Fields::length(const char* name, Length& value, const Range& range, const char* help, Need need) {
  LengthValue length(value, range);
  field({name, help, need}, length);
}

void Fields::integers(const char* name, std::vector<int>& values, const Range& range, const char* help,
                      Need need) {
  list_field(*this, {name, help, need}, values,
             [range](int& item) { return IntegerValue<int>(item, range); });
}

void Fields::numbers(const char* name, std::vector<double>& values, const Range& range, const char* help,
                     Need need) {
  list_field(*this, {name, help, need}, values, [range](double& item) { return NumberValue(item, range); });
}

void Fields::lengths(const char* name, std::vector<Length>& values, const Range& range, const char* help,
                     Need need) {
  list_field(*this, {name, help, need}, values, [range](Length& item) { return LengthValue(item, range); });
}

void Fields::texts(const char* name, std::vector<std::string>& values, const char* help, Need need) {
  list_field(*this, {name, help, need}, values, [](std::string& item) { return TextValue(item); });
}

void Fields::choice(const char* name, std::string& value, const std::vector<std::string>& words,
                    const char* help, Need need) {
  WordValue word(value, words);
  field({name, help, need}, word);
}

void Fields::flag(const char* name, std::optional<bool>& value, const char* help) {
  OptionalValue optional(value, [](bool& content) { return FlagValue(content); });
  field({name, help}, optional);
}

void Fields::number(const char* name, std::optional<double>& value, const Range& range, const char* help) {
  OptionalValue optional(value, [&range](double& content) { return NumberValue(content, range); });
  field({name, help}, optional);
}

void Fields::sections(const Key& key, std::vector<std::unique_ptr<Described>>& values,
                      std::unique_ptr<Described> (*make)()) {
  list_field(*this, key, values, [make](std::unique_ptr<Described>& item) {
    if (!item) item = make();
    return SectionValue([&content = *item](Fields& fields) { content.describe(fields); }, nullptr);
  });
}

void Fields::section(const Key& key, const Describe& describe) {
  SectionValue section(describe, nullptr);
  field(key, section);
}

void Fields::section(const Key& key, const Describe& describe, bool& present) {
  SectionValue section(describe, &present);
  field(key, section);
}

void Fields::variant(const Key& key, AnyVariant& value, const AnyTable& table) {
  const bool optional = value.config() == nullptr && key.need != Need::Required;
  VariantValue variant(value, table, optional ? VariantValue::Null::Allowed : VariantValue::Null::Forbidden);
  field(key, variant);
}

}  // namespace pare
