// Random networks: channels that are cut change nothing, and checkpoints bring everything back.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "compress/fold.h"
#include "compress/packed/packed_model.h"
#include "compress/removal.h"
#include "compress/round_scales.h"
#include "framework/files/file.h"
#include "tests/support/data_fixtures.h"
#include "tests/support/network_fixtures.h"
#include "tests/support/property.h"
#include "train/run/checkpoint.h"
#include "train/run/first_values.h"

using namespace pare;

namespace {

bool perhaps() { return any_of(0, 1) == 1; }

std::string conv(int channels, int kernel, int padding, const std::string& more = "") {
  return text(R"({"layer":"conv2d","channels":)", channels, R"(,"kernel":)", kernel, R"(,"padding":)",
              padding, R"(,"bias":)", perhaps() ? "true" : "false", more, "}");
}

std::string dressed(const std::string& layer) {
  return layer + (perhaps() ? R"(,{"layer":"batch_norm"})" : "") + (perhaps() ? R"(,{"layer":"relu"})" : "");
}

enum class WithDropout { No, Yes };

// A network for (8,8,2) images: plain, strided, grouped, depthwise, gated, residual and parallel parts in any
// order, three scores.
std::string any_network(WithDropout with_dropout = WithDropout::Yes) {
  int channels = any_of(1, 6), side = 8;
  bool narrowed = false;  // by a gate, behind which a sum needs a new stream
  int names = 0;
  std::string layers = "[" + dressed(conv(channels, 3, 1));
  for (int parts = any_of(0, 3); parts > 0; --parts) {
    if (perhaps()) {
      const int width = perhaps() ? channels : any_of(1, 6);
      const auto gate = [] {
        return std::string(!perhaps()  ? ""
                           : perhaps() ? R"({"layer":"gate"},)"
                                       : R"({"layer":"gate"},{"layer":"batch_norm"},)");
      };
      std::string body = gate() + dressed(conv(any_of(1, 6), 3, 1)) + "," + conv(width, 3, 1);
      if (perhaps()) body += R"(,{"layer":"batch_norm"})";
      layers += R"(,{"layer":"residual","body":[)" + body + "]";
      if (width != channels || narrowed || perhaps())
        layers += R"(,"shortcut":[)" + gate() + conv(width, 1, 0) + "]";
      else if (perhaps())
        layers += R"(,"shortcut":[{"layer":"gate"}])";
      layers += perhaps() ? R"(},{"layer":"relu"})" : "}";
      channels = width;
      narrowed = false;
    } else if (const int part = any_of(0, 5); part == 1) {
      layers += "," + dressed(conv(channels, 3, 1, R"(,"groups":0)"));
    } else if (part == 2 && channels % 2 == 0) {
      channels = 2 * any_of(1, 3);
      narrowed = false;
      layers += "," + dressed(conv(channels, 3, 1, R"(,"groups":2)"));
    } else if (part == 3 && side >= 4) {
      channels = any_of(1, 6);
      layers += "," + dressed(conv(channels, 3, 1, R"(,"stride":2)"));
      side = (side + 1) / 2;
      narrowed = false;
    } else if (part == 5) {
      const auto named = [&](const std::string& layer, const std::string& more) {
        return layer.substr(0, layer.size() - 1) + text(R"(,"name":"b)", ++names, "\"" + more + "}");
      };
      const int left = any_of(1, 4), right = any_of(1, 4);
      layers += "," + named(conv(left, 3, 1), "");
      const int first = names;
      const auto reading = [](int a, int b) { return text(R"("inputs":["b)", a, R"(","b)", b, R"("])"); };
      if (perhaps()) {  // one behind the other, both read on
        layers += R"(,{"layer":"relu"},)" + named(conv(right, 1, 0), "");
        layers += R"(,{"layer":"concat",)" + reading(first, names) + "}";
      } else {  // side by side
        layers += text(R"(,{"layer":"relu","name":"b)", ++names, "\"}");
        const int beside = names;
        layers += "," + named(conv(right, 1, 0), text(R"(,"inputs":["b)", first, "\"]"));
        layers += R"(,{"layer":"concat",)" + reading(names, beside) + "}";
      }
      channels = left + right;
      narrowed = false;
      if (perhaps()) layers += R"(,{"layer":"relu"})";
    } else if (part == 4) {
      const int through = any_of(1, channels);
      narrowed = narrowed || through < channels;
      channels = through;
      layers += text(R"(,{"layer":"gate","channels":)", channels, "}");
      if (with_dropout == WithDropout::Yes && perhaps()) layers += R"(,{"layer":"dropout","rate":0.3})";
    } else {
      const int kernel = side >= 5 && perhaps() ? 3 : 1, padding = kernel == 3 ? any_of(0, 1) : 0;
      channels = any_of(1, 6);
      layers += "," + dressed(conv(channels, kernel, padding));
      side += 2 * padding - kernel + 1;
      narrowed = false;
      if (side >= 4 && perhaps()) {
        layers += text(R"(,{"layer":")", perhaps() ? "max_pool" : "average_pool", "\"}");
        side /= 2;
      }
    }
  }
  layers += perhaps() ? R"(,{"layer":"global_average_pool"})" : R"(,{"layer":"flatten"})";
  if (perhaps()) layers += R"(,{"layer":"linear","features":5},{"layer":"relu"})";
  return layers + R"(,{"layer":"linear","features":3}])";
}

// Numbers as after some training, and some channels without any bits. Batch norms have seen what such
// channels gave, or not yet.
Network half_dead(const std::string& layers, Levels levels = Levels::Symmetric) {
  Network network(layers_of(layers), {8, 8, 2}, self_compressing(6, levels), 1);
  const auto seed = *rc::gen::arbitrary<uint64_t>();
  const bool settled = perhaps();
  uint64_t number = 0;
  network.visit([&](Parameter& p) {
    Rng rng(seed, "half dead", ++number);
    for (float& value : p.value.floats()) {
      if (p.is(ParameterTag::Bits))
        value = rng.below(2) == 0 ? 0 : value;
      else if (p.is(ParameterTag::Bias) || p.is(ParameterTag::Normalisation))
        value = rng.below(3) == 0 ? 0 : (rng.below(2) == 0 ? -value : value) + 0.3f * rng.normal();
      else if (p.is(ParameterTag::Statistic) && !settled)
        value += 0.3f * rng.uniform();
    }
  });
  return network;
}

// Moves each weight to the level it is rounded to, where no rounding error can tip it to the next one.
void settle_on_levels(Network& network) {
  for (size_t i = 0; i < network.nodes().size(); ++i) {
    Weight* const weight = network.layer(static_cast<int>(i)).weight();
    if (weight == nullptr) continue;
    const Tensor levels = effective_values(*weight);
    weight->visit([&](Parameter& p) {
      if (p.is(ParameterTag::Weight) || p.is(ParameterTag::Gate)) p.value = levels.clone();
    });
  }
}

void require_same_scores(const std::vector<float>& before, const std::vector<float>& after) {
  float scale = 1;
  for (const float score : before) scale = std::max(scale, std::fabs(score));
  for (size_t i = 0; i < before.size(); ++i) RC_ASSERT(std::fabs(after[i] - before[i]) <= 1e-5f * scale);
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() && std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}

}  // namespace

TEST_CASE("property: whatever channels are cut from whatever network, its scores stay") {
  int removed = 0, cases = 0;
  holds(40, [&] {
    const std::string layers = any_network();
    RC_LOG() << layers << '\n';
    Network network = half_dead(layers);
    const Tensor images = random_tensor({3, 8, 8, 2}, 7);
    const std::vector<float> before = numbers(logits_of(network, images));
    const int64_t weights = network.weight_count();
    int gone = 0;
    while (const int now = remove_dead_channels(network, Dead::ForGood)) gone += now;
    RC_ASSERT((gone > 0) == (network.weight_count() < weights));
    const std::vector<float> after = numbers(logits_of(network, images));
    require_same_scores(before, after);
    removed += gone;
    ++cases;
  });
  CHECK(removed > cases / 2);  // or this would prove nothing
}

TEST_CASE("property: channels that are cut change no score of a training step either") {
  int removed = 0, cases = 0;
  holds(40, [&] {
    const std::string layers = any_network(WithDropout::No);  // which draws anew for fewer channels
    RC_LOG() << layers << '\n';
    Network network = half_dead(layers);
    const auto uncut = network.copy(self_compressing());
    const Tensor images = random_tensor({5, 8, 8, 2}, 7);
    const auto scores = [&](Network& of) {
      Tape tape;
      Pass pass{tape, Mode::Train, DType::F32, 1, 0};
      return numbers(of.forward(images, pass).value);
    };
    removed += remove_dead_channels(network, Dead::ForGood);
    const std::vector<float> before = scores(*uncut), after = scores(network);
    // Batch norm raises what little differs in a channel that is all but constant.
    float scale = 1;
    for (const float score : before) scale = std::max(scale, std::fabs(score));
    for (size_t i = 0; i < before.size(); ++i) RC_ASSERT(std::fabs(after[i] - before[i]) <= 1e-3f * scale);
    ++cases;
  });
  CHECK(removed > cases / 2);
}

TEST_CASE("property: folding and packing whatever network keep its scores") {
  int folded = 0;
  holds(60, [&] {
    const std::string json = any_network();
    const Levels levels = perhaps() ? Levels::Symmetric : Levels::Paper;
    RC_LOG() << json << (levels == Levels::Paper ? " paper" : " symmetric") << '\n';
    Network network = half_dead(json, levels);
    settle_on_levels(network);
    remove_dead_channels(network, Dead::ForGood);
    const Tensor images = random_tensor({3, 8, 8, 2}, 7);
    const std::vector<float> before = numbers(logits_of(network, images));
    const size_t nodes = network.nodes().size();
    fold(network);
    folded += static_cast<int>(nodes - network.nodes().size());
    const std::vector<float> after = numbers(logits_of(network, images));
    require_same_scores(before, after);

    remove_dead_channels(network, Dead::ForGood);
    round_scales(network);
    const Spec info{"cifar-10", {"a", "b", "c"}, {{0, 0}, {1, 1}}};
    const PackedModel model = unpack_model(pack_model(info, network), "packed");
    RC_ASSERT(same_bits(logits_of(*model.network, images), logits_of(network, images)));
  });
  CHECK(folded > 0);
}

TEST_CASE("property: a checkpoint brings back every bit of a network that lost channels") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/checkpoint.safetensors";
  holds(20, [&](const std::vector<double>& method, uint32_t step, uint16_t bytes) {
    const std::string layers = any_network();
    RC_LOG() << layers << '\n';
    Network network = half_dead(layers);
    const int slots = any_of(0, 2);
    network.visit([&](Parameter& p) {
      for (int slot = 0; slot < slots; ++slot) p.slots.push_back(random_tensor(p.value.shape(), step + 1));
    });
    remove_dead_channels(network, Dead::ForGood);
    const Progress progress{
        {step, 0.1 * step, 1.0 / 3, 1.0 * bytes, step}, {1.5, 2.5, 3.5, step, bytes}, bytes, step, method};
    save_checkpoint(path, Json::object({{"name", layers}}), network, progress);
    const std::vector<uint8_t> saved = read_file(path, 1 << 24);

    Network fresh(layers_of(layers), {8, 8, 2}, self_compressing(), 2);
    const Checkpoint checkpoint = load_checkpoint(path);
    restore(fresh, checkpoint);
    RC_ASSERT(checkpoint.progress.state.step == int64_t{step});
    RC_ASSERT(checkpoint.progress.state.task_loss_sum == 1.0 / 3);
    RC_ASSERT(checkpoint.progress.metrics_bytes == bytes);
    RC_ASSERT(checkpoint.progress.events_bytes == step);
    RC_ASSERT(checkpoint.progress.method == method);
    const Tensor images = random_tensor({2, 8, 8, 2});
    RC_ASSERT(same_bits(logits_of(fresh, images), logits_of(network, images)));
    save_checkpoint(path, checkpoint.config, fresh, checkpoint.progress);
    RC_ASSERT(read_file(path, 1 << 24) == saved);
  });
}

TEST_CASE("checkpoint: quantised weights take first values of any size without clipping them") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/checkpoint.safetensors";
  const std::string layers = R"([{"layer": "conv2d", "channels": 6}, {"layer": "relu"}, {"layer": "flatten"},
                                 {"layer": "linear", "features": 3}])";
  Network network(layers_of(layers), {4, 4, 2}, dense(), 1);
  network.visit([](Parameter& p) {
    for (float& value : p.value.floats()) value *= 4;
  });
  save_checkpoint(path, Json::object(), network, {});
  Network quantised(layers_of(layers), {4, 4, 2}, self_compressing(8), 2);
  const Found found = initialise_from(quantised, path);
  CHECK(found.found == 4);
  CHECK(found.asked == 8);  // bits and exponents are its own
  const Tensor images = random_tensor({5, 4, 4, 2});
  CHECK(difference(logits_of(quantised, images), logits_of(network, images)) < 0.02);
}

TEST_CASE("checkpoint: channels that do not fit each other are refused") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/checkpoint.safetensors";
  const std::string layers = R"([
      {"layer": "conv2d", "channels": 3, "padding": 1}, {"layer": "relu"},
      {"layer": "residual", "body": [{"layer": "gate"}, {"layer": "conv2d", "channels": 3, "padding": 1}]},
      {"layer": "flatten"}, {"layer": "linear", "features": 3}])";
  Network network(layers_of(layers), {4, 4, 2}, self_compressing(), 1);
  save_checkpoint(path, Json::object(), network, {});
  const Checkpoint good = load_checkpoint(path);
  const std::string all = "[[0,1,2],[0,1,2],[0,1,2],[0,1,2],[0,1,2],[0,1,2],[0,1,2]]";
  REQUIRE(good.file.metadata.at("channels") == all);
  for (const char* channels : {"[[0],[0,1,2],[0],[0],[0],[0],[0,1,2]]",          // relu keeps more
                               "[[0,1],[0,1],[0,2],[0,1],[0,1],[0,1],[0,1,2]]",  // gate: not there
                               "[[0,1],[0,1],[0,1],[0,2],[0,1],[0,1],[0,1,2]]",  // sum: not all
                               "[[0,1,2],[0,1,2],[0,1,2],[0,1,2],[0,1,2],[0,1,2],[0,1]]"}) {  // scores
    Checkpoint bad = good;
    bad.file.metadata["channels"] = channels;
    Network fresh(layers_of(layers), {4, 4, 2}, self_compressing(), 1);
    CHECK(contains(failure_of(Failure::Data, [&] { restore(fresh, bad); }), "do not fit"));
  }
  // A gate lets two of the stream's three channels through; there is no third among its own.
  const std::string narrow = R"([{"layer": "conv2d", "channels": 3}, {"layer": "gate", "channels": 2},
                                 {"layer": "flatten"}, {"layer": "linear", "features": 3}])";
  Network gated(layers_of(narrow), {4, 4, 2}, self_compressing(), 1);
  save_checkpoint(path, Json::object(), gated, {});
  Checkpoint bad = load_checkpoint(path);
  bad.file.metadata["channels"] = "[[0,1,2],[2],[2],[0,1,2]]";
  Network fresh(layers_of(narrow), {4, 4, 2}, self_compressing(), 1);
  CHECK(contains(failure_of(Failure::Data, [&] { restore(fresh, bad); }), "bad channels of layer 1.gate"));
  CHECK_THROWS_AS(fresh.keep({{0, 1, 2}, {2}, {2}, {0, 1, 2}}), Error);
}

TEST_CASE("checkpoint: numbers that are not finite never take the place of good ones") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/checkpoint.safetensors";
  Network network(layers_of(R"([{"layer": "linear", "features": 3}])"), {1, 1, 2}, self_compressing(), 1);
  save_checkpoint(path, Json::object(), network, {});
  const std::vector<uint8_t> good = read_file(path, 1 << 20);
  Progress later;
  later.state.step = 17;
  network.visit([&](Parameter& p) {
    p.slots = {p.value.clone()};
    const std::pair<std::string, Tensor*> places[] = {{p.name, &p.value}, {p.name + ".slot.0", &p.slots[0]}};
    for (const auto& [name, tensor] : places) {
      float& last = tensor->floats().back();
      const float before = std::exchange(last, std::numeric_limits<float>::infinity());
      const std::string refusal =
          failure_of(Failure::Diverged, [&] { save_checkpoint(path, Json::object(), network, later); });
      CHECK(contains(refusal, "training diverged at step 17: " + name + "["));
      CHECK(read_file(path, 1 << 20) == good);
      last = before;
    }
  });
}

TEST_CASE("property: safetensors bring back any tensors, names and metadata") {
  holds(200, [](const std::map<std::string, std::string>& metadata) {
    SafetensorsFile file;
    for (const auto& [key, value] : metadata) {
      const auto printable = [](std::string words) {
        for (char& c : words) c = static_cast<char>(c & 0x7F);  // any ASCII is UTF-8
        return words;
      };
      file.metadata[printable(key)] = printable(value);
    }
    for (int i = any_of(0, 5); i > 0; --i) {
      const int64_t a = any_of(0, 3), b = any_of(0, 3), c = any_of(1, 3), d = any_of(1, 3);
      const Shape shapes[] = {{}, {a}, {a, b}, {a, b, c}, {a, b, c, d}};
      Tensor tensor(shapes[any_of(0, 4)], perhaps() ? DType::F32 : DType::BF16);
      for (size_t at = 0; at < tensor.bytes(); ++at)
        static_cast<uint8_t*>(tensor.raw())[at] = *rc::gen::arbitrary<uint8_t>();
      file.tensors.push_back(
          {text("t", i, *rc::gen::container<std::string>(rc::gen::inRange(' ', '~'))), tensor});
    }
    const SafetensorsFile again = parse_safetensors(safetensors_bytes(file), "again");
    RC_ASSERT(again.metadata == file.metadata);
    RC_ASSERT(again.tensors.size() == file.tensors.size());
    for (const NamedTensor& named : file.tensors) {
      const Tensor* const tensor = again.find(named.name);
      RC_ASSERT(tensor != nullptr);
      RC_ASSERT(same_bits(*tensor, named.tensor));
    }
  });
}
