#include "train/report/evaluation.h"

#include "train/report/thumbnail.h"
#include "train/report/worst_examples.h"

namespace pare {

Json evaluation_json(const Task& task, const Score& score, const Spec& spec, const Source& source) {
  Json metrics = Json::object();
  for (const auto& [name, value] : metrics_of(task, score)) metrics.set(name, value);
  metrics.set("loss", score.loss);
  Json json = Json::object({{"examples", score.examples}, {"metrics", std::move(metrics)}});
  if (!score.tally) return json;
  const Json details = score.tally->details(spec);
  for (const auto& [name, value] : details.members()) json.set(name, value);
  if (Json worst = worst_examples(*score.tally, spec, source); !worst.items().empty()) {
    json.set("worst", std::move(worst));
    if (Json names = names_of_numbers(spec); !names.items().empty()) json.set("numbers", std::move(names));
  }
  return json;
}

}  // namespace pare
