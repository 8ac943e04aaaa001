#include "framework/data/sources/files/listing.h"

#include <algorithm>
#include <filesystem>

#include "framework/base/error.h"
#include "framework/config/suggest.h"
#include "framework/json/json.h"

namespace pare {

namespace fs = std::filesystem;

Listing Lister::list(const std::string& folder) {
  Listing listing;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with('.')) continue;
    if (std::ranges::count(ignored_, name) > 0) {
      seen_.insert(name);
      continue;
    }
    std::error_code unused;
    const fs::file_status status = at->status(unused);
    require(fs::exists(status), Failure::Data, folder, "/", name,
            ": is a link that leads nowhere; remove it, or put there what it leads to");
    (fs::is_directory(status) ? listing.folders : listing.files).push_back(name);
  }
  require(!error, Failure::Data, folder, ": cannot be listed: ", error.message());
  std::ranges::sort(listing.folders);
  std::ranges::sort(listing.files);
  return listing;
}

void Lister::require_all_seen(const std::string& folder) const {
  for (const std::string& name : ignored_)
    require(seen_.contains(name), Failure::Data, folder, ": has no file or folder '", name,
            "', which data.source.ignore names");
}

void require_class_names(const std::vector<std::string>& names, const std::string& folder) {
  constexpr size_t kMostClasses = 1 << 16;
  require(names.size() <= kMostClasses, Failure::Data, folder, ": has ", names.size(), " classes, at most ",
          kMostClasses, " are allowed");
  for (const std::string& name : names)
    require(parse_json(dump_line(Json(name)), name).string() == name, Failure::Data, folder, "/", name,
            ": the name is not UTF-8, and model files hold the names of classes; rename it");
}

}  // namespace pare
