#include "framework/data/sources/files/file_split.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <sstream>

#include "framework/base/error.h"
#include "framework/config/suggest.h"
#include "framework/files/file.h"

namespace pare {
namespace {

enum class Side : uint8_t { Train, Validation, Test };

const char* word(Side side) { return side == Side::Test ? "testing" : "validation"; }

class Division {
 public:
  explicit Division(const ExampleFiles& files) : files_(files), sides_(files.count(), Side::Train) {}

  void by_groups(const std::vector<std::string>& groups, Side side, const std::string& part) {
    for (const std::string& group : groups) {
      bool found = false;
      for (size_t i = 0; i < files_.count(); ++i)
        if (files_.groups[i] == group) {
          found = true;
          move(i, side);
        }
      std::vector<std::string> known = files_.groups;
      std::ranges::sort(known);
      known.erase(std::unique(known.begin(), known.end()), known.end());
      if (known.size() > kMostShown) known.resize(kMostShown);
      require(found, Failure::Data, files_.folder, ": no file's {", part, "} is '", group,
              "', which data.source has for ", word(side), did_you_mean(group, known, "values"));
    }
  }

  // A name a line, as from the data's folder.
  void by_list(const std::string& list, Side side) {
    if (list.empty()) return;
    const std::string path = (std::filesystem::path(files_.folder) / list).string();
    std::map<std::string, size_t> index;
    for (size_t i = 0; i < files_.count(); ++i) index[files_.names[i]] = i;
    std::istringstream lines(read_text_file(path, uint64_t{1} << 28));
    size_t number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      if (line.ends_with('\r')) line.pop_back();
      if (line.empty()) continue;
      const auto at = index.find(line);
      require(at != index.end(), Failure::Data, path, ": line ", number, ": '", line,
              "' is none of the files in ", files_.folder,
              "; expected a path from there, as CLASS/FILE, and none of data.source.ignore");
      move(at->second, side);
    }
  }

  // Those that are left for training, by a hash of their group or name.
  void by_hash(const HoldOut& hold) {
    if (hold.test_share == 0) return;
    std::vector<Unit> units;
    std::vector<size_t> unit_of(files_.count());
    std::map<std::string, size_t> known;
    for (size_t i = 0; i < files_.count(); ++i) {
      if (sides_[i] != Side::Train) continue;
      const std::string& key = files_.groups.empty() ? files_.names[i] : files_.groups[i];
      const auto [at, is_new] = known.emplace(key, units.size());
      if (is_new)
        units.push_back({draw_of(hold.split_seed, key), files_.groups.empty() ? files_.labels[i] : 0});
      unit_of[i] = at->second;
    }
    const std::vector<bool> held = hold_out_by_draw(units, hold.test_share);
    for (size_t i = 0; i < files_.count(); ++i)
      if (sides_[i] == Side::Train && held[unit_of[i]]) sides_[i] = Side::Test;
  }

  Side side(size_t index) const { return sides_[index]; }

 private:
  static constexpr size_t kMostShown = 20;

  void move(size_t index, Side side) {
    require(sides_[index] == Side::Train || sides_[index] == side, Failure::Data, files_.path(index),
            ": is for validation and for testing, too; data.source has it for both");
    sides_[index] = side;
  }

  const ExampleFiles& files_;
  std::vector<Side> sides_;
};

}  // namespace

void FileSplit::describe(Fields& fields) {
  fields.text("group", group,
              "part of `file_names` that says which files belong together, such as a speaker: with "
              "`test_share`, none is on both sides",
              Need::IfAny);
  fields.texts("test_groups", test_groups, "values of that part: files to test on", Need::IfAny);
  fields.texts("validation_groups", validation_groups,
               "values of that part: files to watch the training, instead of `data.validation`", Need::IfAny);
  fields.text("test_list", test_list,
              "a text file with the names of files to test on, a line each, from the folder: CLASS/FILE",
              Need::IfAny);
  fields.text("validation_list", validation_list, "the same of files to watch the training", Need::IfAny);
  hold_out.describe(fields);
}

bool FileSplit::says_what_to_test_on() const {
  return !test_groups.empty() || !test_list.empty() || hold_out.test_share > 0;
}

void FileSplit::require_usable(bool has_pattern) const {
  require(group.empty() || has_pattern, Failure::Usage, "data.source.group: '", group,
          "' is a part of names, and nothing says which parts they have; give \"file_names\": \"{class}_{",
          group, "}\"");
  require(!group.empty() || (test_groups.empty() && validation_groups.empty()), Failure::Usage,
          "data.source.", test_groups.empty() ? "validation_groups" : "test_groups",
          ": which part of the names has these values? Give \"group\": \"PART\"");
  const int ways =
      (test_groups.empty() ? 0 : 1) + (test_list.empty() ? 0 : 1) + (hold_out.test_share > 0 ? 1 : 0);
  require(ways <= 1, Failure::Usage,
          "data.source: test_groups, test_list and test_share each say what to test on; give one of them");
  require(
      validation_groups.empty() || validation_list.empty(), Failure::Usage,
      "data.source: validation_groups and validation_list both say what to validate on; give one of them");
}

void FileSplit::divide(FoundFiles& found, const std::string& many) const {
  const bool given = found.test.count() > 0 || !test_groups.empty() || !test_list.empty();
  hold_out.require_one(given, "a folder test beside the folder train, test_groups or test_list");
  if (found.divided) {
    require(test_groups.empty() && test_list.empty() && validation_groups.empty() && validation_list.empty(),
            Failure::Usage, "data.source: ", found.train.folder,
            " is divided into folders already; leave groups and lists out");
    if (found.test.count() > 0) return;
  }
  const ExampleFiles all = std::move(found.train);
  Division division(all);
  division.by_groups(test_groups, Side::Test, group);
  division.by_list(test_list, Side::Test);
  division.by_groups(validation_groups, Side::Validation, group);
  division.by_list(validation_list, Side::Validation);
  division.by_hash(hold_out);
  found.train = found.test = {all.folder};
  if (!found.divided) found.validation = {all.folder};
  std::vector<int> trained(found.classes.size(), 0), tested = trained;
  for (size_t i = 0; i < all.count(); ++i) {
    const Side side = division.side(i);
    (side == Side::Train ? found.train : side == Side::Test ? found.test : found.validation).append(all, i);
    if (side != Side::Validation)
      ++(side == Side::Test ? tested : trained)[static_cast<size_t>(all.labels[i])];
  }
  require(found.test.count() > 0, Failure::Data, all.folder, ": nothing is left to test on");
  for (size_t i = 0; i < tested.size(); ++i) {
    require(trained[i] > 0, Failure::Data, all.folder, ": no ", many, " of '", found.classes[i],
            "' are left to train on; set fewer of them aside");
    if (tested[i] == 0)
      found.notes.push_back(
          text(all.folder, ": there are no ", many, " of '", found.classes[i], "' among those to test on"));
  }
}

}  // namespace pare
