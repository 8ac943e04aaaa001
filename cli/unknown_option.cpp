#include "cli/unknown_option.h"

#include <algorithm>
#include <array>
#include <utility>

#include "framework/base/error.h"
#include "framework/config/suggest.h"

namespace pare {
namespace {

// What other programs call options, and the keys of a config that do the same.
constexpr std::array<std::pair<const char*, const char*>, 14> kKeys{{
    {"epochs", "epochs"},
    {"seed", "seed"},
    {"precision", "precision"},
    {"name", "name"},
    {"batch", "data.batch"},
    {"batch-size", "data.batch"},
    {"lr", "optimizer.lr"},
    {"learning-rate", "optimizer.lr"},
    {"optimizer", "optimizer.name"},
    {"momentum", "optimizer.momentum"},
    {"weight-decay", "optimizer.weight_decay"},
    {"target-bytes", "compress.target_bytes"},
    {"gamma", "compress.gamma"},
    {"rate", "compress.rate"},
}};

std::vector<std::string> options_of(const CommandText& command) {
  std::vector<std::string> names;
  for (const OptionText& option : command.options)
    if (!option.positional) names.push_back(option.names.back());
  return names;
}

}  // namespace

std::string about_unknown(const std::vector<std::string>& unused, const CommandText& command) {
  const auto option =
      std::ranges::find_if(unused, [](const std::string& word) { return word.starts_with('-'); });
  if (option == unused.end()) return text("'", unused.front(), "' is one argument too many");
  const size_t equals = option->find('=');
  const std::string name = option->substr(0, equals);
  const std::vector<std::string> options = options_of(command);
  std::string key = name.substr(std::min(name.find_first_not_of('-'), name.size()));
  std::ranges::replace(key, '_', '-');
  const auto known = std::ranges::find_if(kKeys, [&](const auto& pair) { return key == pair.first; });
  if (known == kKeys.end() || std::ranges::find(options, "--set") == options.end())
    return text("unknown option '", name, "'", did_you_mean(name, options, "options"));
  std::string value = "VALUE";
  if (equals != std::string::npos)
    value = option->substr(equals + 1);
  else if (option + 1 != unused.end())
    value = option[1];
  return text("unknown option '", name, "'; a value of the config is set by --set ", known->second, "=",
              value);
}

}  // namespace pare
