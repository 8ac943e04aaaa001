// Fields: how a config struct names its fields, once. That one line drives reading, error messages, the
// resolved config and the JSON Schema.
//
//   struct SgdConfig : OptimizerConfig {
//     double lr = 0.1;
//     void describe(Fields& fields) override {
//       fields.number("lr", lr, Range::above(0), "learning rate of weights and biases");
//     }
//   };
//
// The default of a field is what the member holds in a fresh struct. `describe` must name the same fields
// whatever the members hold: a field that exists only for some kinds belongs into a Variant.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "framework/config/fields/length.h"
#include "framework/config/fields/range.h"
#include "framework/config/fields/value.h"
#include "framework/config/fields/variant.h"

namespace pare {

// Required: the config must say it, there is no default. IfAny: optional, and not written when it is empty or
// null.
enum class Need { Optional, Required, IfAny };

struct Key {
  const char* name;
  const char* help;
  Need need = Need::Optional;
};

// A word of the config and the enumerator it means: {"bf16", DType::BF16}
template <class Enum>
struct Word {
  const char* word;
  Enum value;
};

class Fields {
 public:
  virtual ~Fields() = default;

  // The one function visitors implement; the others wrap a member as a Value and come here.
  virtual void field(const Key& key, Value& value) = 0;
  // An object that is read has at most one of these two keys; null counts as not there.
  virtual void not_both(const std::string& /*a*/, const std::string& /*b*/) {}

  void flag(const char* name, bool& value, const char* help, Need need = Need::Optional);
  void integer(const char* name, int& value, const Range&, const char* help, Need need = Need::Optional);
  void integer(const char* name, int64_t& value, const Range&, const char* help, Need need = Need::Optional);
  void integer(const char* name, uint64_t& value, const Range&, const char* help, Need need = Need::Optional);
  void number(const char* name, double& value, const Range&, const char* help, Need need = Need::Optional);
  void text(const char* name, std::string& value, const char* help, Need need = Need::Optional);
  void length(const char* name, Length& value, const Range&, const char* help, Need need = Need::Optional);

  // Values that may be missing, which is null.
  void flag(const char* name, std::optional<bool>& value, const char* help);
  void number(const char* name, std::optional<double>& value, const Range&, const char* help);

  // Lists. The range holds for each element.
  void integers(const char* name, std::vector<int>&, const Range&, const char* help, Need = Need::Optional);
  void numbers(const char* name, std::vector<double>&, const Range&, const char* help, Need = Need::Optional);
  void lengths(const char* name, std::vector<Length>&, const Range&, const char* help, Need = Need::Optional);
  void texts(const char* name, std::vector<std::string>&, const char* help, Need = Need::Optional);

  // One word of several.
  void choice(const char* name, std::string& value, const std::vector<std::string>& words, const char* help,
              Need need = Need::Optional);
  template <class Enum>
  requires std::is_enum_v<Enum>
  void choice(const char* name, Enum& value, std::span<const Word<std::type_identity_t<Enum>>> words,
              const char* help, Need need = Need::Optional);

  // An object whose members T::describe names. An optional one may be null, and is when left out.
  template <class T>
  void section(const char* name, T& value, const char* help, Need need = Need::Optional);
  template <class T>
  void section(const char* name, std::optional<T>& value, const char* help);

  // A list of objects whose members T::describe names. T is Described.
  template <class T>
  void sections(const char* name, std::vector<T>& values, const char* help);

  // An object whose type a word inside it chooses, or a list of such. It may be null if it is by default.
  template <class Base>
  void variant(const char* name, Variant<Base>& value, const Table<Base>& table, const char* help,
               Need need = Need::Optional);
  template <class Base>
  void variants(const char* name, std::vector<Variant<Base>>& values, const Table<Base>& table,
                const char* help, Need need = Need::Optional);

 private:
  void section(const Key& key, const Describe& describe);
  void section(const Key& key, const Describe& describe, bool& present);
  void sections(const Key& key, std::vector<std::unique_ptr<Described>>& values,
                std::unique_ptr<Described> (*make)());
  void variant(const Key& key, AnyVariant& value, const AnyTable& table);
};

}  // namespace pare

#include "framework/config/fields/fields_inline.h"
