#include "framework/data/sources/files/file_kind.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "framework/base/error.h"
#include "framework/config/suggest.h"

namespace pare {
namespace {

bool has_ending(const std::string& name, const std::vector<std::string>& endings) {
  std::string ending = std::filesystem::path(name).extension().string();
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::ranges::count(endings, ending) > 0;
}

}  // namespace

bool FileKind::takes(const std::string& name) const { return has_ending(name, taken); }

void FileKind::refuse_other(const std::string& path) const {
  require(!has_ending(path, others), Failure::Data, path, ": ", advice);
}

std::string FileKind::endings() const {
  std::vector<std::string> patterns;
  for (const std::string& ending : taken) patterns.push_back("*" + ending);
  return comma_list(patterns);
}

std::string FileKind::example() const {
  std::string word;
  for (const char c : one) word += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return word + taken.front();
}

}  // namespace pare
