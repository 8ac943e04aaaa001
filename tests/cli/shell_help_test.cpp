// The man page and the completion of shells, which are made from the texts of --help.
#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "tests/support/data_fixtures.h"
#include "tests/support/peers.h"
#include "tests/support/program.h"

using namespace pare;

namespace {

std::string output(const TemporaryDirectory& folder, const std::vector<std::string>& arguments) {
  const Result result = run_program(folder.path(), arguments);
  CHECK(result.exit_code == 0);
  return result.out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// What bash offers for the last of the words.
std::string completed(const TemporaryDirectory& folder, const std::string& words, int last) {
  const std::string script = "source completion.bash; COMP_WORDS=(" + words +
                             "); COMP_CWORD=" + std::to_string(last) +
                             "; _pare; echo \"${COMPREPLY[*]}\" > words";
  run_command("cd " + quoted(folder.path()) + " && bash -eu -c " + quoted(script), folder.path());
  return contents(folder.path() + "/words");
}

}  // namespace

TEST_CASE("cli: the man page has every command with its options") {
  const TemporaryDirectory folder;
  const std::string page = output(folder, {"manual"});
  CHECK(page.starts_with(".TH PARE 1 "));
  for (const char* part :
       {".SS pare train\n", ".SS pare completion\n", "\\fB\\-\\-init\\-from\\fR \\fIPATH\\fR\n",
        "\\fB\\-o\\fR, \\fB\\-\\-out\\fR", "pare train configs/quickstart.json\n"})
    CHECK_MESSAGE(contains(page, part), part);
  for (const std::string& line : lines_of(page))
    if (line.starts_with('.'))
      CHECK_MESSAGE((line.starts_with(".TH ") || line.starts_with(".SH ") || line.starts_with(".SS ") ||
                     line == ".TP" || line == ".PP" || line == ".br" || line == ".nf" || line == ".fi"),
                    line);
}

TEST_CASE("cli: help breaks lines between words, to fit the terminal") {
  const TemporaryDirectory folder;
  for (const size_t columns : {40, 60, 80, 200}) {
    setenv("COLUMNS", std::to_string(columns).c_str(), 1);
    size_t longest = 0;
    for (const std::string command : {"", "train", "export", "lottery", "bench"}) {
      const std::string help = output(folder, command.empty() ? std::vector<std::string>{"--help"}
                                                              : std::vector<std::string>{command, "--help"});
      for (const std::string& line : lines_of(help.substr(0, help.find("\nExamples:")))) {
        const bool one_word = line.find_last_of(' ') < line.find_first_not_of(' ') || line.starts_with("  -");
        if (!one_word) CHECK_MESSAGE(line.size() <= std::min<size_t>(columns, 100), line);
        longest = std::max(longest, line.size());
      }
    }
    CHECK(longest > std::min<size_t>(columns, 100) - 10);  // and uses its width
  }
  unsetenv("COLUMNS");
}

TEST_CASE("cli: pare alone, help, and help of a command") {
  const TemporaryDirectory folder;
  const std::string help = output(folder, {"--help"});
  CHECK(output(folder, {}) == help);
  CHECK(output(folder, {"help"}) == help);
  CHECK(output(folder, {"help", "train"}) == output(folder, {"train", "--help"}));
}

TEST_CASE("cli: bash completes commands, options and choices") {
  const TemporaryDirectory folder;
  const std::string script = output(folder, {"completion", "bash"});
  folder.write("completion.bash", {script.begin(), script.end()});
  CHECK(completed(folder, "pare tr", 1) == "train\n");
  CHECK(completed(folder, "pare train --res", 2) == "--resume\n");
  CHECK(completed(folder, "pare export model.pare --format onnx", 4) == "onnx onnx-f32\n");
  CHECK(completed(folder, "pare completion \"\"", 2) == "bash zsh\n");
  CHECK(completed(folder, "pare train conf", 2) == "\n");  // a file: bash's own business
}

TEST_CASE("cli: zsh reads the completion") {
  const TemporaryDirectory folder;
  const std::string script = output(folder, {"completion", "zsh"});
  folder.write("_pare", {script.begin(), script.end()});
  CHECK(script.starts_with("#compdef pare\n"));
  CHECK(contains(script, "'--format[onnx\\: "));
  CHECK(contains(script, ":value:(onnx onnx-f32 safetensors web)'"));
  if (std::system("command -v zsh >/dev/null") != 0) {
    MESSAGE("partly skipped: zsh is not installed");
    return;
  }
  run_command("zsh -n " + quoted(folder.path() + "/_pare"), folder.path());
}

TEST_CASE("cli: completion for a shell we do not know is an error") {
  const TemporaryDirectory folder;
  const Result result = run_program(folder.path(), {"completion", "fish"});
  CHECK(result.exit_code == 2);
  CHECK(result.err == "pare: no completion for 'fish'; expected bash or zsh\n");
}
