// Listing: what lies in a folder.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace pare {

struct Listing {
  std::vector<std::string> folders, files;  // names, sorted as bytes
};

// Lists folders without names that begin with a dot, and without those that are to be ignored.
class Lister {
 public:
  explicit Lister(std::vector<std::string> ignored) : ignored_(std::move(ignored)) {}

  // Links are followed. Throws Failure::Data naming a link that leads nowhere, or a folder that cannot be
  // listed.
  Listing list(const std::string& folder);
  // Throws Failure::Data naming `folder` when a name that is to be ignored came up nowhere.
  void require_all_seen(const std::string& folder) const;

 private:
  std::vector<std::string> ignored_;
  std::set<std::string> seen_;  // of those
};

// Throws Failure::Data when a name is not UTF-8: model files hold the names of classes.
void require_class_names(const std::vector<std::string>& names, const std::string& folder);

}  // namespace pare
