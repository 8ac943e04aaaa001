#include "train/config/run_config.h"

#include <algorithm>

#include "framework/config/config.h"
#include "framework/kernels/elementwise/precision.h"
#include "train/config/config_file.h"

namespace pare {
namespace {

enum class Precision { F32, BF16, Auto };
constexpr Word<Precision> kPrecisions[] = {
    {"f32", Precision::F32}, {"bf16", Precision::BF16}, {"auto", Precision::Auto}};
constexpr Word<Initialiser> kInitialisers[] = {{"glorot_normal", Initialiser::GlorotNormal},
                                               {"glorot_uniform", Initialiser::GlorotUniform},
                                               {"he_normal", Initialiser::HeNormal},
                                               {"he_uniform", Initialiser::HeUniform}};

// The first leaf in which two resolved configs differ: "network.0.channels: 20 instead of 10".
std::optional<std::string> difference(const Json& expected, const Json& got, const std::string& path = "") {
  const auto below = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
  if (expected.is_object() && got.is_object()) {
    for (const auto& [key, value] : expected.members())
      if (auto found = difference(value, got.find(key) ? *got.find(key) : Json(), below(key))) return found;
    for (const auto& [key, value] : got.members())
      if (auto found = expected.find(key) ? std::nullopt : difference(Json(), value, below(key)))
        return found;
    return std::nullopt;
  }
  if (expected.is_array() && got.is_array() && expected.items().size() == got.items().size()) {
    for (size_t i = 0; i < expected.items().size(); ++i)
      if (auto found = difference(expected.items()[i], got.items()[i], below(std::to_string(i))))
        return found;
    return std::nullopt;
  }
  if (expected == got) return std::nullopt;
  return path + ": " + dump_line(got) + " instead of " + dump_line(expected);
}

}  // namespace

void RunConfig::describe(Fields& fields) {
  fields.text("name", name, "name of the run, and of its directory below runs/");
  fields.integer("seed", seed, Range::at_least(0), "everything random is a function of it");
  fields.integer("threads", threads, Range::between(0, 4096),
                 "threads to work with; 0: all CPUs this process may use");
  auto asked = precision == DType::BF16 ? Precision::BF16 : Precision::F32;
  fields.choice("precision", asked, std::span(kPrecisions),
                "of activations and their gradients; auto: bf16 on CPUs that compute in it, else f32");
  const bool bf16 = asked == Precision::BF16 || (asked == Precision::Auto && bf16_is_supported());
  precision = bf16 ? DType::BF16 : DType::F32;
  fields.flag(
      "winograd", winograd,
      "3x3 and 5x5 convolutions by Winograd's algorithm: faster, but 3x3 ones lose about 1 % (rms) in bf16");
  fields.section("data", data, "what to learn from");
  fields.choice("initialiser", initialiser, std::span(kInitialisers), "distribution of the first weights");
  fields.variants("network", network, layer_table(), "layers, in order", Need::Required);
  fields.variant("loss", loss, loss_table(), "what is minimised");
  fields.number("label_smoothing", label_smoothing, Range::at_least(0).below(1),
                "share of the target spread over all classes");
  fields.variant("optimizer", optimizer, optimizer_table(), "what moves weights and biases");
  fields.variant("schedule", schedule, schedule_table(), "factor on all learning rates over the run");
  fields.length("epochs", epochs, Range::above(0), "length of the run: 20, \"20ep\" or \"5000it\"");
  fields.variant("compress", compress, method_table(), "how the network becomes smaller");
  fields.section("activations", activations, "activations as integers, as a device computes with them");
  fields.section("teacher", teacher, "trained networks that this one also learns from (distillation)");
  fields.section("early_stop", early_stop, "when training ends before its epochs are over, and what is kept");
  fields.length("checkpoint_every", checkpoint_every, Range::above(0), "how often everything is saved");
}

Graph RunConfig::graph(const InputShape& input) const {
  const Graph plain = lower(network, {input.height, input.width, input.channels});
  return activations ? with_quantised_activations(plain, *activations) : plain;
}

void require_usable_name(const std::string& name) {
  const bool usable =
      !name.empty() && name != "." && name != ".." &&
      std::none_of(name.begin(), name.end(), [](unsigned char c) { return c == '/' || c < ' '; });
  require(usable, Failure::Usage, "name: expected one that a directory below runs/ can have, got ",
          dump_line(Json(name)), "; --out chooses another place");
}

RunConfig load_run_config(const std::string& path, const std::vector<std::string>& overrides) {
  ConfigFile file = load_config(path, overrides);
  Json& json = file.json;
  const auto has = [&](const char* section) { return json.is_object() && json.find(section) != nullptr; };
  if (has("sweep"))
    fail(Failure::Usage, path, ": this is a sweep (it has a section 'sweep'): use `pare sweep ", path, "`");
  if (has("lottery"))
    fail(Failure::Usage, path,
         ": this is a hunt for lottery tickets (it has a section 'lottery'): use `pare lottery ", path,
         "`, or the config that it extends");
  auto config = read_config<RunConfig>(json, file.name);
  require_usable_name(config.name);
  require(config.compress.kind != "masked", Failure::Usage, path,
          ": compress.method: masked has no masks of its own, and the network would be trained dense; `pare "
          "lottery` prunes, "
          "with a section \"lottery\"");
  return config;
}

Json without(Json config, const std::string& member) {
  std::erase_if(config.members(), [&](const Json::Member& m) { return m.first == member; });
  return config;
}

void require_same_config(const Json& before, const Json& now, const std::string& found, const char* advice) {
  if (const auto change = difference(without(before, "threads"), without(now, "threads")))
    fail(Failure::Usage, found, ": ", *change, "; ", advice);
}

}  // namespace pare
