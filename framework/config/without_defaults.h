// An object whose type a word chose, as people would write it.
#pragma once

#include "framework/config/config.h"

namespace pare {

// Its word, and what is not as that row of the table has it by itself. `written`: as write_config gives it.
template <class Base>
Json without_defaults(const Json& written, const Table<Base>& table) {
  Variant<Base> usual = choose(table, written.find(table.tag)->string());
  return differences(written, write_object([&](Fields& fields) { usual->describe(fields); }));
}

}  // namespace pare
