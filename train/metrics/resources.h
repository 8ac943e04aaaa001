// What this process uses: clocks, memory, and energy where the machine says so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pare {

double wall_clock();  // seconds since some fixed moment
double cpu_clock();   // seconds of CPU this process has used, all threads together
int64_t peak_memory_bytes();

// The energy counters of the processor packages (Linux's powercap, Intel's RAPL and AMD's alike). Few
// machines let an ordinary user read them.
class EnergyMeter {
 public:
  // Reads the counters below this folder.
  explicit EnergyMeter(const std::string& powercap = "/sys/class/powercap");
  // Joules the whole machine's processors used since the last call (or the construction); nothing where they
  // cannot be read. A counter that ran over is taken once around.
  std::optional<double> lap();

 private:
  struct Counter {
    std::string path;
    double range = 0, last = 0;  // microjoules
  };
  std::vector<Counter> counters_;
};

}  // namespace pare
