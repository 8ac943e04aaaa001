// What a process uses. Energy counters are made of files, since few machines let anybody read theirs.
#include "train/metrics/resources.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/support/data_fixtures.h"

using namespace pare;

namespace {

void write(const TemporaryDirectory& folder, const std::string& name, const std::string& number) {
  std::filesystem::create_directories(std::filesystem::path(folder.path() + "/" + name).parent_path());
  folder.write(name, {number.begin(), number.end()});
}

}  // namespace

TEST_CASE("resources: energy is the sum over packages since the last look, once around a counter's range") {
  const TemporaryDirectory folder;
  for (const std::string package : {"intel-rapl:0", "intel-rapl:1", "intel-rapl:0:0"}) {
    write(folder, package + "/energy_uj", "9000000\n");
    write(folder, package + "/max_energy_range_uj", "10000000\n");
  }
  EnergyMeter meter(folder.path());
  CHECK(meter.lap() == 0.0);
  write(folder, "intel-rapl:0/energy_uj", "9500000\n");
  write(folder, "intel-rapl:0:0/energy_uj", "9999999\n");  // a part of package 0, which is counted already
  write(folder, "intel-rapl:1/energy_uj", "1000000\n");    // over the range
  CHECK(meter.lap().value_or(0) == doctest::Approx(2.5));
  write(folder, "intel-rapl:0/energy_uj", "9750000\n");
  CHECK(*meter.lap() == doctest::Approx(0.25));
  std::filesystem::remove(folder.path() + "/intel-rapl:1/energy_uj");
  CHECK(!meter.lap());
}

TEST_CASE("resources: without counters there is no energy") {
  const TemporaryDirectory folder;
  CHECK(!EnergyMeter(folder.path()).lap());
  CHECK(!EnergyMeter(folder.path() + "/none").lap());
}
