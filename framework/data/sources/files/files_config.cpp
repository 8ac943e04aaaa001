#include "framework/data/sources/files/files_config.h"

#include <filesystem>
#include <optional>

#include "framework/base/error.h"
#include "framework/data/sources/data_file.h"
#include "framework/data/sources/files/class_folders.h"
#include "framework/data/sources/files/file_set.h"
#include "framework/data/sources/files/named_files.h"

namespace pare {
namespace {

constexpr Word<Damaged> kDamaged[] = {{"error", Damaged::Error}, {"skip", Damaged::Skip}};

// "cats" of "pictures/cats/"
std::string name_of(const std::string& folder) {
  std::filesystem::path path = std::filesystem::absolute(folder).lexically_normal();
  if (path.filename().empty()) path = path.parent_path();
  return path.filename().string();
}

void skip_damaged(ExampleFiles& files, const OneInputAFile& reader, const InputShape& input,
                  const std::string& many, std::vector<std::string>& notes) {
  const size_t given = files.count();
  files = readable(files, reader, input);
  if (const size_t skipped = given - files.count(); skipped > 0)
    notes.push_back(text(files.folder, ": ", skipped, " of ", given, " ", many,
                         " cannot be read and were left out (data.source.damaged)"));
}

void require_each_class(const ExampleFiles& train, const std::vector<std::string>& classes,
                        const std::string& many) {
  std::vector<int> examples(classes.size());
  for (const int32_t label : train.labels) ++examples[static_cast<size_t>(label)];
  for (size_t c = 0; c < classes.size(); ++c)
    require(examples[c] > 0, Failure::Data, train.folder, ": no ", many, " of class '", classes[c],
            "' that can be read are left to train on");
}

}  // namespace

void FilesConfig::describe_path(Fields& fields, const char* help) {
  fields.text("path", path, help, Need::Required);
  fields.text("file_names", file_names,
              "where the class is in the files' names, if it is not the folder's name: \"{class}_{speaker}_"
              "{take}\" reads 7_jackson_0.wav; with \"/\" for files in folders",
              Need::IfAny);
  fields.texts("ignore", ignore, "names of files and folders to leave out", Need::IfAny);
}

void FilesConfig::describe_division(Fields& fields) {
  fields.choice(
      "damaged", damaged, std::span(kDamaged),
      "what becomes of files that cannot be read: an error; or they are left out, and counted, for which "
      "all are decoded once");
  split.describe(fields);
  fields.integer("memory", memory, Range::between(0, 1 << 24),
                 "MiB: examples that take no more are kept in memory once they have been decoded; more are "
                 "decoded again each time");
}

FoundFiles FilesConfig::list_files(const std::string& folder, const FileKind& kind) const {
  std::optional<NamePattern> pattern;
  if (!file_names.empty()) {
    pattern.emplace(file_names);
    if (!split.group.empty()) pattern->part(split.group, "data.source.group");
  }
  Lister lister(ignore);
  FoundFiles found = pattern ? list_named_files(folder, kind, *pattern, split.group, lister)
                             : list_class_folders(folder, kind, lister);
  lister.require_all_seen(folder);
  return found;
}

Dataset FilesConfig::load_files(const std::string& data_directory, const FileKind& kind,
                                Variant<Preprocessing> preprocessing, const InputShape& input) const {
  split.require_usable(!file_names.empty());
  const std::string folder = find_data_folder(path, data_directory);
  FoundFiles found = list_files(folder, kind);
  split.divide(found, kind.many);

  Dataset data;
  data.folder = folder;
  data.spec.data = name_of(folder);
  data.spec.classes = found.classes;
  data.spec.input = input;
  data.spec.preprocessing = std::move(preprocessing);
  if (damaged == Damaged::Skip) {
    const auto& reader = static_cast<const OneInputAFile&>(*data.spec.preprocessing);
    for (ExampleFiles* const part : {&found.train, &found.validation, &found.test})
      skip_damaged(*part, reader, input, kind.many, data.notes);
    require_each_class(found.train, found.classes, kind.many);
  }
  const size_t count = found.train.count() + found.validation.count() + found.test.count();
  const size_t mebibytes = (count * input.bytes() >> 20) + 1;
  const bool keeps = mebibytes <= static_cast<size_t>(memory);
  const auto set_of = [&](ExampleFiles& files) {
    const auto set = std::make_shared<FileSet>(std::move(files), data.spec.preprocessing, input);
    if (keeps) set->keep();
    return set;
  };
  const std::string validated =
      found.validation.count() > 0 ? text(found.validation.count(), " to validate on, ") : "";
  data.notes.push_back(
      text(folder, ": ", found.classes.size(), " classes; ", found.train.count(), " ", kind.many,
           " to train on, ", validated, found.test.count(), " to test on; ",
           keeps ? "decoded once, they take " : "decoded anew each time, as they would take ", mebibytes,
           " MiB of memory"));
  data.notes.insert(data.notes.end(), found.notes.begin(), found.notes.end());
  data.train = set_of(found.train);
  if (found.validation.count() > 0) data.validation = set_of(found.validation);
  const auto test = set_of(found.test);
  if (keeps) test->try_all();  // they are read at the very end, when a damaged one would be bad news
  data.test = test;
  return data;
}

}  // namespace pare
