#include "train/metrics/resources.h"

#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <fstream>

namespace pare {
namespace {

rusage usage() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return used;
}

std::optional<double> number_in(const std::string& path) {
  std::ifstream file(path);
  double number = 0;
  if (!(file >> number)) return {};
  return number;
}

}  // namespace

double wall_clock() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu_clock() {
  const rusage used = usage();
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// Not getrusage's, which a process inherits from the one that started it.
int64_t peak_memory_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (int64_t kilobytes = 0; word == "VmHWM:" && status >> kilobytes) return kilobytes * 1024;
  return usage().ru_maxrss * int64_t{1024};
}

EnergyMeter::EnergyMeter(const std::string& powercap) {
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(powercap, none)) {
    // intel-rapl:0 is a package; intel-rapl:0:1 is a part of it.
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("intel-rapl:") || name.find(':') != name.rfind(':')) continue;
    const std::string path = entry.path().string() + "/energy_uj";
    const auto now = number_in(path), range = number_in(entry.path().string() + "/max_energy_range_uj");
    if (now && range) counters_.push_back({path, *range, *now});
  }
}

std::optional<double> EnergyMeter::lap() {
  if (counters_.empty()) return {};
  double microjoules = 0;
  for (Counter& counter : counters_) {
    const std::optional<double> now = number_in(counter.path);
    if (!now) return {};
    microjoules += *now - counter.last + (*now < counter.last ? counter.range : 0);
    counter.last = *now;
  }
  return 1e-6 * microjoules;
}

}  // namespace pare
