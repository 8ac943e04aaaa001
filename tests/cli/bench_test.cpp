// pare bench of a network that lost channels.
#include "tests/support/workplace.h"

using namespace pare;

TEST_CASE("cli: bench measures a network with the channels a run left, beside the whole one") {
  const Workplace place;
  place.train_well("run", {"--set", "epochs=10"});
  const Result bench = place.run(
      {"bench", "tiny.json", "--init-from", "run/checkpoint.safetensors", "--compare", "tiny.json",
       "--data-dir", "data", "--threads", "1", "--seconds", "0.1", "--json",
       // so that neither loses channels while it is measured
       "--set", "compress.gamma=0", "--set", "compress.rate=0", "--set", "compress.remove_zeros=false"});
  REQUIRE(bench.exit_code == 0);
  const Json json = parse_json(bench.out, "bench");
  CHECK(json.find("name")->string() == "tiny from run/checkpoint.safetensors");
  const double cut = json.find("step_flops")->number(),
               whole = json.find("compare")->find("step_flops")->number();
  const Json last = place.metrics("run").back();
  int64_t channels = 0;
  for (const Json& layer : last.find("layers")->items())
    channels += static_cast<int64_t>(layer.find("original_channels")->number());
  if (last.find("live_channels")->number() < static_cast<double>(channels))
    CHECK(cut < whole);
  else  // another CPU's rounding may have spared them all
    CHECK(cut == whole);
}
