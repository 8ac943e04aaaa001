// The report: one HTML file that needs nothing else, showing one run or comparing several.
#pragma once

#include <string>
#include <vector>

#include "framework/config/json.h"

namespace pare {

// What a run left in its directory: {"directory", "config", "summary" (null while it trains), "epochs":
// [...]}, the lines of metrics.jsonl. A last line that was not written whole is left out, and so are the bits
// of single channels in epochs that a page could not tell apart anyway. Throws Failure::Data when there is no
// run.
Json run_data(const std::string& directory);

// The page for these runs. It contains no text of theirs outside of one JSON element.
std::string report_page(const std::vector<std::string>& directories);

}  // namespace pare
