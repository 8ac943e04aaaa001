#include "train/metrics/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "train/task/text_table.h"

namespace pare {

int columns_of_terminal() {
  constexpr int kUsual = 80, kLeast = 40;
  int columns = 0;
  if (const char* const given = std::getenv("COLUMNS")) columns = std::atoi(given);
  winsize size{};
  if (columns <= 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) columns = size.ws_col;
  return columns > 0 ? std::max(columns, kLeast) : kUsual;
}

std::string wrapped(const std::string& text, int indent, int columns) {
  const std::string next = "\n" + std::string(static_cast<size_t>(indent), ' ');
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!out.empty()) out += next;
    auto length = static_cast<size_t>(indent);
    std::istringstream words(line);
    bool first = true;
    for (std::string word; words >> word; first = false) {
      if (!first && length + 1 + length_of(word) > static_cast<size_t>(columns)) {
        out += next;
        length = static_cast<size_t>(indent);
      } else if (!first) {
        out += ' ';
        ++length;
      }
      out += word;
      length += length_of(word);
    }
  }
  return out;
}

}  // namespace pare
