// The report: one HTML file that needs nothing else, showing one run, comparing several, or drawing
// what a lottery found.
#pragma once

#include <string>
#include <vector>

#include "framework/json/json.h"

namespace pare {

// What a run left in its directory: {"directory", "config", "summary" and "evaluation" (null while it
// trains), "kinds" (how metrics are shown), "epochs": [...]}, the lines of metrics.jsonl. A last line that
// was not written whole is left out, and so are the bits of single channels in epochs that a page could not
// tell apart anyway. Throws Failure::Data when there is no run.
Json run_data(const std::string& directory);

// What a lottery left: {"directory", "config", "levels": [...]}, the lines of levels.jsonl.
Json lottery_data(const std::string& directory);

// A run's or a lottery's directory is itself; of a directory that holds such directories (a sweep's), they
// are meant, by name.
std::vector<std::string> report_directories(const std::string& directory);

// The page for the runs and lotteries in these directories. It contains no text of theirs outside of one JSON
// element. Those that cannot be read are left out, and what is wrong is added to `faults`; throws when none
// is left, or, without `faults`, for the first of them.
std::string report_page(const std::vector<std::string>& directories,
                        std::vector<std::string>* faults = nullptr);

}  // namespace pare
