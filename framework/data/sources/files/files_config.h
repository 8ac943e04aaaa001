// FilesConfig: a folder of files as a source of examples, whatever is in the files.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "framework/data/sources/files/file_kind.h"
#include "framework/data/sources/files/file_split.h"
#include "framework/data/sources/source_config.h"

namespace pare {

// What becomes of files that cannot be read.
enum class Damaged { Error, Skip };

struct FilesConfig : SourceConfig {
  std::string path;
  std::string file_names;  // empty: FOLDER/CLASS/FILE
  std::vector<std::string> ignore;
  Damaged damaged = Damaged::Error;
  FileSplit split;
  int memory = 1024;  // MiB

 protected:
  void describe_path(Fields& fields, const char* help);
  void describe_division(Fields& fields);
  // Examples of `input`, by that preprocessing. What list_class_folders, list_named_files, FileSplit and
  // FileSet throw.
  Dataset load_files(const std::string& data_directory, const FileKind& kind,
                     Variant<Preprocessing> preprocessing, const InputShape& input) const;
  // What a folder holds, if there are files of that kind in it, and sets path, names and division by it.
  std::optional<FoundFiles> recognise_files(const std::string& place, const FileKind& kind);
  // Shows look(bytes, path) some of the files, equally far from each other. Those of which it says, by
  // Failure::Data, that they cannot be read are passed over: load() names them.
  static void look_at_some(const ExampleFiles& files,
                           const std::function<void(std::span<const uint8_t>, const std::string&)>& look);

 private:
  FoundFiles list_files(const std::string& folder, const FileKind& kind) const;
};

}  // namespace pare
