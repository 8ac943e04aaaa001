// Every file that the fuzz targets start from, and every finding they ever made: tests/fuzz/corpus/TARGET/*.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <filesystem>
#include <set>

#include "framework/files/file.h"
#include "tests/fuzz/targets.h"

using namespace pare;

namespace {

struct Target {
  const char* name;
  void (*run)(std::span<const uint8_t>);
};
constexpr Target kTargets[] = {
    {"arrays", fuzz::arrays},
    {"checkpoint", fuzz::checkpoint},
    {"cifar10", fuzz::cifar10},
    {"config", fuzz::config},
    {"exif", fuzz::exif},
    {"gzip", fuzz::gzip},
    {"idx", fuzz::idx},
    {"packed_model", fuzz::packed_model},
    {"picture", fuzz::picture},
    {"safetensors", fuzz::safetensors},
    {"sound", fuzz::sound},
    {"table", fuzz::table},
    {"plain_text", fuzz::plain_text},
};

const std::filesystem::path kFolder = PARE_SOURCE_DIR "/tests/fuzz";

std::set<std::string> names_in(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.insert(entry.path().filename());
  return names;
}

int64_t peak_kilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace

TEST_CASE("fuzz: every known input is taken or refused as it should, and costs little memory") {
  for (const Target& target : kTargets) {
    CAPTURE(target.name);
    const std::set<std::string> names = names_in(kFolder / "corpus" / target.name);
    CHECK(names.size() > 4);
    for (const std::string& name : names) {
      CAPTURE(name);
      const int64_t before = peak_kilobytes();
      const std::vector<uint8_t> bytes = read_file(kFolder / "corpus" / target.name / name, 1 << 16);
      CHECK_NOTHROW(target.run(bytes));
      CHECK(peak_kilobytes() - before < 64 * 1024);
    }
  }
}

TEST_CASE("fuzz: each target has a corpus, a program and a row in this test") {
  std::set<std::string> targets;
  for (const Target& target : kTargets) targets.insert(target.name);
  CHECK(names_in(kFolder / "corpus") == targets);
  for (const std::string& target : targets) CHECK(names_in(kFolder).contains(target + ".cpp"));
}
