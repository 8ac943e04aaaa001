#include "train/config/sweep_plan.h"

#include <algorithm>
#include <charconv>

#include "framework/config/override.h"

namespace pare {
namespace {

using Axis = Json::Member;  // a path and the values it takes

std::string last_part(const std::string& path) { return path.substr(path.find_last_of('.') + 1); }

// The last part of a path, or all of it where another setting has the same last part.
std::string short_name(const std::vector<Axis>& axes, const std::string& path) {
  const auto same = std::count_if(axes.begin(), axes.end(),
                                  [&](const Axis& a) { return last_part(a.first) == last_part(path); });
  return same == 1 ? last_part(path) : path;
}

// A value as part of a directory's name.
std::string in_name(const Json& value) {
  std::string words = value.is_string() ? value.string() : dump_line(value);
  std::erase_if(words, [](char c) { return c == '"' || c == '{' || c == '}' || c == '[' || c == ']'; });
  for (char& c : words)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-' && c != '_' && c != '+') c = '_';
  return words;
}

std::vector<Axis> axes_of(const Json& config, const std::string& file) {
  const Json* const sweep = config.is_object() ? config.find("sweep") : nullptr;
  require(
      sweep != nullptr && sweep->is_object() && !sweep->members().empty(), Failure::Usage, file,
      R"(: sweep: expected settings and their values, such as "sweep": {"compress.gamma": [0.01, 0.03]})");
  for (const auto& [path, values] : sweep->members())
    require(values.is_array() && !values.items().empty(), Failure::Usage, file, ": sweep.", path,
            ": expected a list of at least one value, got ", summary(values));
  for (const auto& [path, values] : sweep->members())
    require(!paths_meet(path, "name"), Failure::Usage, file,
            ": sweep.name: runs are named after their settings; to repeat them, sweep the seed");
  for (const auto& [path, values] : sweep->members())
    for (const auto& [other, more] : sweep->members())
      require(&path == &other || !paths_meet(path, other), Failure::Usage, file, ": sweep: ", path, " and ",
              other, " are about the same value; the runs would not be what their names say");
  return sweep->members();
}

}  // namespace

bool paths_meet(std::string_view a, std::string_view b) {
  const std::vector<std::string> one = steps_of(a, "sweep: "), other = steps_of(b, "sweep: ");
  const auto shared = static_cast<ptrdiff_t>(std::min(one.size(), other.size()));
  return std::equal(one.begin(), one.begin() + shared, other.begin());
}

std::vector<SweepRun> expand_sweep(Json config, const std::string& file) {
  const std::vector<Axis> axes = axes_of(config, file);
  std::erase_if(config.members(), [](const auto& member) { return member.first == "sweep"; });
  std::vector<SweepRun> runs{{"", std::move(config)}};
  for (const auto& [path, values] : axes) {
    std::vector<SweepRun> more;
    for (const SweepRun& run : runs)
      for (const Json& value : values.items()) {
        more.push_back(run);
        more.back().name += (run.name.empty() ? "" : ",") + short_name(axes, path) + "=" + in_name(value);
        set_at(more.back().config, path, value, text(file, ": sweep.", path, ": "));
      }
    runs = std::move(more);
  }
  for (size_t i = 0; i < runs.size(); ++i) {
    for (size_t k = 0; k < i; ++k)
      require(runs[k].name != runs[i].name, Failure::Usage, file, ": sweep: two runs would be ", runs[i].name,
              "; a list names a value twice");
    runs[i].config.set("name", runs[i].name);
  }
  return runs;
}

Shard parse_shard(const std::string& text) {
  Shard shard;
  const char* const end = text.data() + text.size();
  const auto [slash, bad_index] = std::from_chars(text.data(), end, shard.index);
  bool good = bad_index == std::errc{} && slash != end && *slash == '/';
  if (good) {
    const auto [rest, bad_count] = std::from_chars(slash + 1, end, shard.count);
    good = bad_count == std::errc{} && rest == end;
  }
  require(good && shard.count >= 1 && shard.index >= 0 && shard.index <= shard.count, Failure::Usage,
          "--shard: expected a part such as 2/8, got '", text, "'");
  return shard;
}

}  // namespace pare
