#include "framework/data/sources/files/named_files.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>

#include "framework/base/error.h"
#include "framework/data/sources/class_names.h"

namespace pare {
namespace {

struct Walk {
  const std::string& top;
  const FileKind& kind;
  const NamePattern& pattern;
  Lister& lister;
  std::vector<std::string> names{}, left_out{};

  // `below` is empty or ends with "/".
  void files_in(const std::string& below, int depth) {
    const Listing listing = lister.list(top + "/" + below);
    for (const std::string& name : listing.folders) {
      require(depth < pattern.folders(), Failure::Data, top, "/", below, name, ": is a folder, where '",
              pattern.text(), "' has only files; remove it, or name it in data.source.ignore");
      files_in(below + name + "/", depth + 1);
    }
    for (const std::string& name : listing.files) {
      kind.refuse_other(top + "/" + below + name);
      (kind.takes(name) ? names : left_out).push_back(below + name);
    }
  }
};

std::string without_ending(const std::string& name) {
  return name.substr(0, name.size() - std::filesystem::path(name).extension().string().size());
}

}  // namespace

FoundFiles list_named_files(const std::string& folder, const FileKind& kind, const NamePattern& pattern,
                            const std::string& group, Lister& lister) {
  const size_t class_part = pattern.part("class", "data.source.file_names");
  Walk walk{folder, kind, pattern, lister};
  walk.files_in("", 0);
  require(!walk.names.empty(), Failure::Data, folder, ": has no ", kind.many, " (", kind.endings(), ")");
  std::vector<std::string> classes_of, groups_of;
  FoundFiles found;
  for (const std::string& name : walk.names) {
    const auto values = pattern.match(without_ending(name));
    require(values.has_value(), Failure::Data, folder, "/", name, ": the name does not fit '", pattern.text(),
            "', data.source.file_names; rename the file, or name it or its folder in data.source.ignore");
    classes_of.push_back((*values)[class_part]);
    if (!group.empty()) groups_of.push_back((*values)[pattern.part(group, "data.source.group")]);
  }
  found.classes = classes_of;
  std::ranges::sort(found.classes);
  found.classes.erase(std::unique(found.classes.begin(), found.classes.end()), found.classes.end());
  require(found.classes.size() > 1, Failure::Data, folder, ": all ", kind.many, " are of one class, '",
          found.classes.front(), "', by '", pattern.text(), "', expected two or more");
  require_class_names(found.classes, folder);
  sort_class_names(found.classes);

  std::map<std::string, int32_t> label_of;
  for (size_t i = 0; i < found.classes.size(); ++i) label_of[found.classes[i]] = static_cast<int32_t>(i);
  std::vector<size_t> order(walk.names.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t i) { return std::pair(label_of[classes_of[i]], walk.names[i]); });
  found.train.folder = folder;
  for (const size_t i : order) {
    found.train.names.push_back(walk.names[i]);
    found.train.labels.push_back(label_of[classes_of[i]]);
    if (!group.empty()) found.train.groups.push_back(groups_of[i]);
  }
  if (!walk.left_out.empty())
    found.notes.push_back(text(folder, ": ", walk.left_out.size(), " files that are no ", kind.many,
                               " were left out, such as ", folder, "/", walk.left_out.front()));
  return found;
}

}  // namespace pare
