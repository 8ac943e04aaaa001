// pare bench of a network that lost channels.
#include "tests/support/workplace.h"

using namespace pare;

namespace {

double flops_of_a_step(const Json& trial) {
  return trial.find("gflops")->number() * trial.find("step_ms")->find("median")->number();
}

}  // namespace

TEST_CASE("cli: bench measures a network with the channels a run left, beside the whole one") {
  const Workplace place;
  place.train_well("run", {"--set", "epochs=10"});
  const Result bench =
      place.run({"bench", "tiny.json", "--init-from", "run/checkpoint.safetensors", "--compare", "tiny.json",
                 "--data-dir", "data", "--threads", "1", "--seconds", "0.1", "--json"});
  REQUIRE(bench.exit_code == 0);
  const Json json = parse_json(bench.out, "bench");
  CHECK(json.find("name")->string() == "tiny from run/checkpoint.safetensors");
  CHECK(flops_of_a_step(json) < 0.9 * flops_of_a_step(*json.find("compare")));
}
