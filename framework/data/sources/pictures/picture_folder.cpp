#include "framework/data/sources/pictures/picture_folder.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>

#include "framework/base/error.h"
#include "framework/config/suggest.h"
#include "framework/data/sources/class_names.h"
#include "framework/json/json.h"

namespace pare {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostClasses = 1 << 16;

struct Listing {
  std::vector<std::string> folders, files;  // names, sorted
};

Listing list(const std::string& folder) {
  Listing listing;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with('.')) continue;
    std::error_code ignored;
    const fs::file_status status = at->status(ignored);
    require(fs::exists(status), Failure::Data, folder, "/", name,
            ": is a link that leads nowhere; remove it, or put there what it leads to");
    (fs::is_directory(status) ? listing.folders : listing.files).push_back(name);
  }
  require(!error, Failure::Data, folder, ": cannot be listed: ", error.message());
  std::ranges::sort(listing.folders);
  std::ranges::sort(listing.files);
  return listing;
}

std::string extension_of(const std::string& name) {
  std::string extension = fs::path(name).extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return extension;
}

bool is_one_of(const std::string& word, std::initializer_list<const char*> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Leaving these out without a word would be learning from fewer pictures than there are.
bool is_other_picture(const std::string& name) {
  return is_one_of(extension_of(name), {".bmp", ".gif", ".webp", ".tif", ".tiff", ".heic", ".heif", ".avif",
                                        ".jxl", ".jp2", ".ppm", ".pgm", ".pnm", ".svg"});
}

class Reader {
 public:
  explicit Reader(std::string folder) { result_.train.folder = std::move(folder); }

  PictureFolder read() {
    const std::string& top = result_.train.folder;
    const Listing listing = list(top);
    require_no_pictures(top, listing);
    const bool has_train = std::ranges::count(listing.folders, "train") > 0;
    // A class may be called "train", too; its folder holds pictures.
    if (has_train && !list(top + "/train").folders.empty())
      read_parts(listing);
    else
      read_classes(listing);
    if (!left_out_.empty())
      result_.notes.push_back(text(top, ": ", left_out_.size(),
                                   " files that are no pictures were left out, such as ",
                                   *left_out_.begin()));
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
      require(is_one_of(part, {"train", "validation", "val", "test"}), Failure::Data, top, "/", part,
              ": is beside a folder train that holds folders, but is not called validation, val or test; "
              "move it away");
    const auto has = [&](const char* part) { return std::ranges::count(listing.folders, part) > 0; };
    require(!has("validation") || !has("val"), Failure::Data, top,
            ": has both a folder validation and a folder val; remove one of them");
    const std::string train = top + "/train";
    const Listing of_train = list(train);
    set_classes(train, of_train);
    result_.train = files_in(train, of_train, Empty::Refused);
    const auto other = [&](const std::string& part) {
      const std::string folder = top + "/" + part;
      return files_in(folder, list(folder), Empty::Noted);
    };
    if (has("validation") || has("val")) result_.validation = other(has("val") ? "val" : "validation");
    if (has("test")) result_.test = other("test");
  }

  void set_classes(const std::string& folder, const Listing& listing) {
    std::vector<std::string> names = listing.folders;
    require(names.size() > 1, Failure::Data, folder, ": has ", names.size(),
            names.empty() ? " folders" : " folder", ", expected one for each class, two or more: ", folder,
            "/CLASS/PICTURE.png");
    require(names.size() <= kMostClasses, Failure::Data, folder, ": has ", names.size(), " folders, at most ",
            kMostClasses, " classes are allowed");
    for (const std::string& name : names)
      require(parse_json(dump_line(Json(name)), name).string() == name, Failure::Data, folder, "/", name,
              ": the name is not UTF-8, and model files hold the names of classes; rename the folder");
    sort_class_names(names);
    result_.classes = std::move(names);
  }

  enum class Empty { Refused, Noted };  // what of a class without pictures

  PictureFiles files_in(const std::string& folder, const Listing& listing, Empty empty) {
    require_no_pictures(folder, listing);
    for (const std::string& name : listing.folders)
      require(std::ranges::count(result_.classes, name) > 0, Failure::Data, folder, "/", name,
              ": is no class of the training pictures, whose classes are ", comma_list(result_.classes),
              "; remove it, or add such pictures to train");
    PictureFiles files{folder, {}, {}};
    for (size_t i = 0; i < result_.classes.size(); ++i) {
      const std::string &name = result_.classes[i], place = folder + "/" + name;
      const bool there = std::ranges::binary_search(listing.folders, name);
      const size_t before = files.count();
      if (there) add(place, name, static_cast<int32_t>(i), files);
      if (files.count() > before) continue;
      require(empty == Empty::Noted, Failure::Data, place,
              ": has no pictures (*.png, *.jpg, *.jpeg); put some there, or remove the folder");
      result_.notes.push_back(text(folder, ": has no pictures of '", name, "'"));
    }
    require(files.count() > 0, Failure::Data, folder, ": has no pictures");
    return files;
  }

  void add(const std::string& folder, const std::string& name, int32_t label, PictureFiles& files) {
    const Listing listing = list(folder);
    require(listing.folders.empty(), Failure::Data, folder, "/",
            listing.folders.empty() ? "" : listing.folders.front(),
            ": is a folder in the folder of a class; move its pictures up (a set that is divided has folders "
            "train "
            "and test)");
    for (const std::string& file : listing.files) {
      refuse_other_picture(folder, file);
      if (!is_picture(file)) {
        left_out_.insert(folder + "/" + file);
        continue;
      }
      require(fs::is_regular_file(fs::path(folder) / file), Failure::Data, folder, "/", file,
              ": is no file; remove it");
      files.names.push_back(name + "/" + file);
      files.labels.push_back(label);
    }
  }

  void require_no_pictures(const std::string& folder, const Listing& listing) {
    for (const std::string& file : listing.files) {
      refuse_other_picture(folder, file);
      require(!is_picture(file), Failure::Data, folder, "/", file,
              ": is a picture outside of the folder of a class; move it to ", folder, "/CLASS/");
      left_out_.insert(folder + "/" + file);
    }
  }

  static void refuse_other_picture(const std::string& folder, const std::string& file) {
    require(
        !is_other_picture(file), Failure::Data, folder, "/", file,
        ": only PNG and JPEG are read; convert it, as by ImageMagick's `mogrify -format png`, or remove it");
  }

  PictureFolder result_;
  std::set<std::string> left_out_;  // a set, as some folders are listed twice
};

}  // namespace

bool is_picture(const std::string& name) {
  return is_one_of(extension_of(name), {".png", ".jpg", ".jpeg", ".jpe", ".jfif"});
}

PictureFolder list_pictures(const std::string& folder) { return Reader(folder).read(); }

}  // namespace pare
