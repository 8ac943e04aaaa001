#include "train/report/embedded.h"

#include <algorithm>

#include "framework/files/embedded_file.h"

namespace pare {

const std::vector<EmbeddedFile>& embedded_report_files();  // generated

namespace {

std::string_view embedded(std::string_view name) {
  const std::vector<EmbeddedFile>& files = embedded_report_files();
  const auto found = std::ranges::find_if(files, [&](const EmbeddedFile& file) { return file.name == name; });
  check(found != files.end(), "report: no file ", name, " is compiled in");
  return found->text;
}

// `page` with the first `mark` replaced.
std::string filled_in(std::string_view page, std::string_view mark, std::string_view with) {
  const size_t at = page.find(mark);
  check(at != std::string_view::npos, "report: the page has no ", mark);
  return text(page.substr(0, at), with, page.substr(at + mark.size()));
}

}  // namespace

std::string page_of(std::initializer_list<const char*> scripts, const Json& data) {
  std::string all;
  for (const char* const script : scripts) all += embedded(script);
  std::string page = filled_in(embedded("page.html"), "/*page.css*/", embedded("page.css"));
  page = filled_in(page, "/*scripts*/", all);
  // The data comes last, so that nothing in it is taken for a mark.
  return filled_in(page, "/*data*/", dump_for_script(data));
}

}  // namespace pare
