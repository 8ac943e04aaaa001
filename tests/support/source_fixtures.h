// Sources of one's own data, configured as a user writes them.
#pragma once

#include "framework/config/config.h"
#include "framework/data/sources/source_config.h"
#include "tests/support/data_fixtures.h"

namespace pare {

struct SourceHolder : Described {
  Variant<SourceConfig> source;
  void describe(Fields& fields) override {
    fields.variant("source", source, source_table(), "", Need::Required);
  }
};

// The data of {"source": ...} with files below `directory`.
inline Dataset load_source(const TemporaryDirectory& directory, const std::string& source) {
  const Json json = parse_json("{\"source\": " + source + "}", "test");
  return read_config<SourceHolder>(json, "test").source->load(directory.path());
}

// The same, which is refused.
inline std::string refusal_of_source(Failure failure, const TemporaryDirectory& directory,
                                     const std::string& source) {
  return failure_of(failure, [&] { load_source(directory, source); });
}

inline std::vector<float> inputs_of(const Source& source, int index) {
  std::vector<std::byte> buffer;
  const std::byte* const raw = source.read(index, buffer);
  const auto count = static_cast<size_t>(source.input().count());
  if (source.input().element == Element::U8) {
    const auto* const bytes = reinterpret_cast<const uint8_t*>(raw);
    return {bytes, bytes + count};
  }
  const auto* const floats = reinterpret_cast<const float*>(raw);
  return {floats, floats + count};
}

}  // namespace pare
