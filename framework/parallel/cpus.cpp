#include "framework/parallel/cpus.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>

#include "framework/base/error.h"

namespace pare {
namespace {

namespace fs = std::filesystem;

// The first words of a file; empty ones where there are no more.
std::pair<std::string, std::string> two_words(const fs::path& file) {
  std::ifstream stream(file);
  std::string first, second;
  stream >> first >> second;
  return {first, second};
}

// A whole number above zero, or 0: "max", "-1" and what is no number are no limit.
double positive(const std::string& word) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  const bool good = error == std::errc() && end == word.data() + word.size() && number > 0;
  return good ? static_cast<double>(number) : 0;
}

// Version 2: "quota period" or "max period".
double quota_of_2(const fs::path& group) {
  const auto [quota, period] = two_words(group / "cpu.max");
  return positive(period) > 0 ? positive(quota) / positive(period) : 0;
}

double quota_of_1(const fs::path& group) {
  const double period = positive(two_words(group / "cpu.cfs_period_us").first);
  return period > 0 ? positive(two_words(group / "cpu.cfs_quota_us").first) / period : 0;
}

// The least of the limits of a group and of those it lies in. Where a container sees its own groups alone,
// parts of the path are not there.
double least(const fs::path& root, const std::string& path,
             const std::function<double(const fs::path&)>& quota) {
  double least = std::numeric_limits<double>::infinity();
  const auto look = [&](const fs::path& group) {
    if (const double limit = quota(group); limit > 0) least = std::min(least, limit);
  };
  fs::path group = root;
  look(group);
  for (const fs::path& part : fs::path(path).relative_path()) look(group /= part);
  return least;
}

}  // namespace

int quota_cpus(const std::string& groups, const std::string& root) {
  double limit = std::min(least(root, "", quota_of_2), least(fs::path(root) / "cpu", "", quota_of_1));
  std::ifstream file(groups);
  for (std::string line; std::getline(file, line);) {  // "0::/user.slice", "4:cpu,cpuacct:/user.slice"
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1),
                      path = line.substr(second + 1);
    if (controllers.empty()) limit = std::min(limit, least(root, path, quota_of_2));
    if ((',' + controllers + ',').find(",cpu,") != std::string::npos)
      for (const std::string& mount : {std::string("cpu"), controllers})
        limit = std::min(limit, least(fs::path(root) / mount, path, quota_of_1));
  }
  if (limit >= std::numeric_limits<int>::max()) return 0;
  return std::max(1, static_cast<int>(limit));
}

int usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  if (const int quota = quota_cpus("/proc/self/cgroup", "/sys/fs/cgroup"); quota > 0)
    count = std::min(count, quota);
  return std::max(count, 1);
}

int threads_for(int wanted) {
  constexpr int kMostForCpu = 16;
  const int cpus = usable_cpus();
  require(wanted <= kMostForCpu * cpus, Failure::Usage, "threads: ", wanted, ", but this process may use ",
          cpus, cpus == 1 ? " CPU" : " CPUs", ", where more than ", kMostForCpu * cpus,
          " only wait for each other; use fewer, or 0 for one a CPU");
  return wanted > 0 ? wanted : cpus;
}

}  // namespace pare
