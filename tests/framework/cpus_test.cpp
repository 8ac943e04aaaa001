// How many CPUs the files of cgroups grant.
#include "framework/parallel/cpus.h"

#include <doctest/doctest.h>

#include "framework/base/error.h"
#include "tests/support/data_fixtures.h"

using namespace pare;

namespace {

Bytes bytes_of_words(const std::string& words) { return {words.begin(), words.end()}; }

struct Groups {
  TemporaryDirectory directory;
  void write(const std::string& file, const std::string& words) const {
    directory.write(file, bytes_of_words(words));
  }
  int quota(const std::string& list) const {
    write("list", list);
    return quota_cpus(directory.path() + "/list", directory.path() + "/fs");
  }
};

}  // namespace

TEST_CASE("cpus: the quota is the least of a cgroup's and of those it lies in") {
  const Groups groups;
  CHECK(groups.quota("") == 0);
  CHECK(groups.quota("0::/user.slice/one.scope\n") == 0);
  groups.write("fs/user.slice/one.scope/cpu.max", "300000 100000\n");
  CHECK(groups.quota("0::/user.slice/one.scope\n") == 3);
  CHECK(groups.quota("0::/elsewhere\n") == 0);
  groups.write("fs/user.slice/cpu.max", "150000 100000\n");
  CHECK(groups.quota("0::/user.slice/one.scope\n") == 1);
  groups.write("fs/user.slice/cpu.max", "max 100000\n");
  CHECK(groups.quota("0::/user.slice/one.scope\n") == 3);
  groups.write("fs/cpu.max", "50000 100000\n");  // a container, which sees its own group as the root
  CHECK(groups.quota("0::/\n") == 1);
}

TEST_CASE("cpus: version 1 of cgroups has files of its own") {
  const Groups groups;
  groups.write("fs/cpu,cpuacct/job/cpu.cfs_quota_us", "400000\n");
  groups.write("fs/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
  CHECK(groups.quota("5:memory:/job\n4:cpu,cpuacct:/job\n") == 4);
  groups.write("fs/cpu,cpuacct/job/cpu.cfs_quota_us", "-1\n");
  CHECK(groups.quota("4:cpu,cpuacct:/job\n") == 0);
}

TEST_CASE("cpus: files that say something else are no limit") {
  const Groups groups;
  for (const char* words : {"", "max", "words 100000", "1e5 100000", "100000", "100000 0", "100000 nothing",
                            "99999999999999999999999 100000", "-5 100000"}) {
    CAPTURE(words);
    groups.write("fs/cpu.max", words);
    CHECK(groups.quota("no colons\n0::/\n") == 0);
  }
}

TEST_CASE("cpus: threads are as many as asked for, one a CPU for 0, and never thousands") {
  const int cpus = usable_cpus();
  CHECK(threads_for(0) == cpus);
  CHECK(threads_for(3) == 3);
  CHECK_THROWS_WITH_AS(threads_for(16 * cpus + 1), doctest::Contains("only wait for each other"), Error);
}
