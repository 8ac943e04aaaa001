// pare report DIR...
#include <filesystem>
#include <memory>

#include "cli/command_line.h"
#include "cli/commands/commands.h"
#include "framework/files/file.h"
#include "train/report/page.h"
#include "train/run/run_directory.h"

namespace pare {

Command add_report(Program& program) {
  struct Options {
    std::vector<std::string> directories;
    std::string out;
  };
  const auto options = std::make_shared<Options>();
  CommandLine line =
      program.command("report", "One HTML page that shows a run or a lottery, or compares several runs",
                      "  pare report runs/quickstart\n"
                      "  pare report runs/quickstart runs/small -o compare.html");
  line.arguments("DIR", options->directories, "directories of runs or lotteries, or one that holds several");
  line.path("-o,--out", options->out, "the page (default: DIR/report.html, or report.html for several runs)");
  return [options] {
    std::string out = options->out;
    if (out.empty())
      out = options->directories.size() == 1 ? RunDirectory(options->directories[0]).report() : "report.html";
    const std::string kind = std::filesystem::path(out).extension().string();
    require(kind == ".html" || kind == ".htm", Failure::Usage, out,
            ": the report is a page, so its name must end in .html; what a run left stays as it is");
    std::vector<std::string> faults;
    write_file_atomically(out, report_page(options->directories, &faults));
    for (const std::string& fault : faults) std::fprintf(stderr, "pare: left out: %s\n", fault.c_str());
    std::printf("%s\n", out.c_str());
    return faults.empty() ? 0 : static_cast<int>(Failure::Data);
  };
}

}  // namespace pare
