#include "framework/data/sources/files/class_folders.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "framework/base/error.h"
#include "framework/config/suggest.h"
#include "framework/data/sources/class_names.h"

namespace pare {
namespace {

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::count(names, name) > 0;
}

class Reader {
 public:
  Reader(std::string folder, const FileKind& kind, Lister& lister) : kind_(kind), lister_(lister) {
    result_.train.folder = std::move(folder);
  }

  FoundFiles read() {
    const std::string& top = result_.train.folder;
    const Listing listing = lister_.list(top);
    require_no_examples(top, listing);
    // A class may be called "train", too; its folder holds examples.
    if (has(listing.folders, "train") && !lister_.list(top + "/train").folders.empty())
      read_parts(listing);
    else
      read_classes(listing);
    if (!left_out_.empty())
      result_.notes.push_back(text(top, ": ", left_out_.size(), " files that are no ", kind_.many,
                                   " were left out, such as ", *left_out_.begin()));
    return std::move(result_);
  }

 private:
  void read_classes(const Listing& listing) {
    const std::string folder = result_.train.folder;
    set_classes(folder, listing);
    result_.train = files_in(folder, listing, Empty::Refused);
  }

  void read_parts(const Listing& listing) {
    const std::string top = result_.train.folder;
    result_.divided = true;
    for (const std::string& part : listing.folders)
      require(has({"train", "validation", "val", "test"}, part), Failure::Data, top, "/", part,
              ": is beside a folder train that holds folders, but is not called validation, val or test; "
              "move it away");
    const auto is_there = [&](const char* part) { return has(listing.folders, part); };
    require(!is_there("validation") || !is_there("val"), Failure::Data, top,
            ": has both a folder validation and a folder val; remove one of them");
    const std::string train = top + "/train";
    const Listing of_train = lister_.list(train);
    set_classes(train, of_train);
    result_.train = files_in(train, of_train, Empty::Refused);
    const auto other = [&](const std::string& part) {
      const std::string folder = top + "/" + part;
      return files_in(folder, lister_.list(folder), Empty::Noted);
    };
    if (is_there("validation") || is_there("val"))
      result_.validation = other(is_there("val") ? "val" : "validation");
    if (is_there("test")) result_.test = other("test");
  }

  void set_classes(const std::string& folder, const Listing& listing) {
    std::vector<std::string> names = listing.folders;
    require(names.size() > 1, Failure::Data, folder, ": has ", names.size(),
            names.empty() ? " folders" : " folder", ", expected one for each class, two or more: ", folder,
            "/CLASS/", kind_.example(),
            "; or say where the class is in the files' names: \"file_names\": \"{class}_{number}\"");
    require_class_names(names, folder);
    sort_class_names(names);
    result_.classes = std::move(names);
  }

  enum class Empty { Refused, Noted };  // what of a class without examples

  ExampleFiles files_in(const std::string& folder, const Listing& listing, Empty empty) {
    require_no_examples(folder, listing);
    for (const std::string& name : listing.folders)
      require(has(result_.classes, name), Failure::Data, folder, "/", name, ": is no class of the training ",
              kind_.many, ", whose classes are ", comma_list(result_.classes), "; remove it, or add such ",
              kind_.many, " to train");
    ExampleFiles files{folder};
    for (size_t i = 0; i < result_.classes.size(); ++i) {
      const std::string &name = result_.classes[i], place = folder + "/" + name;
      const bool there = std::ranges::binary_search(listing.folders, name);
      const size_t before = files.count();
      if (there) add(place, name, static_cast<int32_t>(i), files);
      if (files.count() > before) continue;
      require(empty == Empty::Noted, Failure::Data, place, ": has no ", kind_.many, " (", kind_.endings(),
              "); put some there, or remove the folder");
      result_.notes.push_back(text(folder, ": has no ", kind_.many, " of '", name, "'"));
    }
    require(files.count() > 0, Failure::Data, folder, ": has no ", kind_.many);
    return files;
  }

  void add(const std::string& folder, const std::string& name, int32_t label, ExampleFiles& files) {
    const Listing listing = lister_.list(folder);
    require(listing.folders.empty(), Failure::Data, folder, "/",
            listing.folders.empty() ? "" : listing.folders.front(),
            ": is a folder in the folder of a class; move its ", kind_.many,
            " up (a set that is divided has folders train and test)");
    for (const std::string& file : listing.files) {
      kind_.refuse_other(folder + "/" + file);
      if (!kind_.takes(file)) {
        left_out_.insert(folder + "/" + file);
        continue;
      }
      require(std::filesystem::is_regular_file(std::filesystem::path(folder) / file), Failure::Data, folder,
              "/", file, ": is no file; remove it");
      files.names.push_back(name + "/" + file);
      files.labels.push_back(label);
    }
  }

  void require_no_examples(const std::string& folder, const Listing& listing) {
    for (const std::string& file : listing.files) {
      kind_.refuse_other(folder + "/" + file);
      require(!kind_.takes(file), Failure::Data, folder, "/", file, ": is a ", kind_.one,
              " outside of the folder of a class; move it to ", folder,
              "/CLASS/, or say where the class is in the files' names: \"file_names\": \"{class}_{number}\"");
      left_out_.insert(folder + "/" + file);
    }
  }

  const FileKind& kind_;
  Lister& lister_;
  FoundFiles result_;
  std::set<std::string> left_out_;  // a set, as some folders are listed twice
};

}  // namespace

FoundFiles list_class_folders(const std::string& folder, const FileKind& kind, Lister& lister) {
  return Reader(folder, kind, lister).read();
}

}  // namespace pare
