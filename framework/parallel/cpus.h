// How many CPUs there are for this process.
#pragma once

#include <string>

namespace pare {

// The CPUs this process may really use: its affinity mask, capped by its cgroups' quotas.
int usable_cpus();

// CPUs that the quotas of a process's cgroups grant it; 0 when there is no limit. `groups`: its list of them,
// such as /proc/self/cgroup; `root`: where their files are, such as /sys/fs/cgroup.
int quota_cpus(const std::string& groups, const std::string& root);

// How many threads `wanted` stands for: 0 means one for each usable CPU. Throws Failure::Usage for so many
// that they would do little but wait for each other.
int threads_for(int wanted);

}  // namespace pare
