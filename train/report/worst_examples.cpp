#include "train/report/worst_examples.h"

#include "train/report/thumbnail.h"

namespace pare {

Json worst_examples(const Tally& tally, const Spec& spec, const Source& source) {
  constexpr int kSide = 32;  // a model's evaluation shall not become larger than the model by far
  std::vector<std::byte> buffer;
  Json list = Json::array();
  for (const WrongAnswer& answer : tally.worst()) {
    const auto index = static_cast<int>(answer.example);
    Json example = answer.said;
    example.set("name", source.name(index));
    const Json picture = thumbnail(spec, source.read(index, buffer), kSide);
    for (const auto& [name, value] : picture.members()) example.set(name, value);
    list.push(std::move(example));
  }
  return list;
}

}  // namespace pare
