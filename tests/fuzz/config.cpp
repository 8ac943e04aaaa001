#include "framework/config/config.h"
#include "tests/fuzz/finding.h"
#include "train/lottery/lottery_config.h"

namespace pare::fuzz {
namespace {

// A config may ask for any size. Here large weights are refused: what they would cost is the user's wish.
Network build(RunConfig& config, const Extent& images) {
  const std::unique_ptr<Method> method = config.compress->make();
  const WeightMaker maker = method->weights(config.initialiser);
  const WeightMaker small = [&](const WeightSite& site) {
    require(site.shape.count() <= 1 << 12, Failure::Usage, "too large to try out");
    return maker(site);
  };
  Network network(config.network, images, small, config.seed);
  method->start(network);
  return network;
}

}  // namespace

// A config is read, resolved and read again; its network is built, for both shapes of images we know.
void config(std::span<const uint8_t> bytes) {
  const std::string text(bytes.begin(), bytes.end());
  Json json;
  if (!accepts([&] { json = parse_json(text, "fuzz.json"); })) return;
  expect(parse_json(dump(json), "again") == json && parse_json(dump_line(json), "again") == json,
         "what is written is what was read");
  accepts([&] {
    LotteryConfig lottery = read_config<LotteryConfig>(json, "fuzz.json");
    const Json resolved = write_config(lottery);
    LotteryConfig again = read_config<LotteryConfig>(resolved, "resolved");
    expect(write_config(again) == resolved, "a resolved config resolves to itself");
  });
  accepts([&] { read_lottery_config(json, "fuzz.json"); });
  for (const Extent& images : {Extent{28, 28, 1}, Extent{32, 32, 3}})
    accepts([&] {
      RunConfig run = read_config<RunConfig>(json, "fuzz.json");
      build(run, images);
    });
}

}  // namespace pare::fuzz
