#include "train/task/confusion.h"

#include <algorithm>
#include <limits>

namespace pare {
namespace {

double ratio(int64_t part, int64_t whole) {
  return whole == 0 ? std::numeric_limits<double>::quiet_NaN()
                    : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

double Confusion::Counts::precision() const { return ratio(right, predicted); }
double Confusion::Counts::recall() const { return ratio(right, examples); }
double Confusion::Counts::f1() const { return ratio(2 * right, examples + predicted); }

void Confusion::Counts::add(const Counts& other) {
  examples += other.examples;
  predicted += other.predicted;
  right += other.right;
}

void Confusion::add(int32_t truth, int32_t predicted) { ++cells_[{truth, predicted}]; }

std::vector<Confusion::Counts> Confusion::by_class(size_t least) const {
  std::vector<Counts> counts(least);
  for (const auto& [pair, count] : cells_) {
    const auto truth = static_cast<size_t>(pair.first), predicted = static_cast<size_t>(pair.second);
    counts.resize(std::max({counts.size(), truth + 1, predicted + 1}));
    counts[truth].examples += count;
    counts[predicted].predicted += count;
    if (truth == predicted) counts[truth].right += count;
  }
  return counts;
}

double Confusion::macro_f1() const {
  double sum = 0;
  int64_t classes = 0;
  for (const Counts& one : by_class())
    if (one.examples + one.predicted > 0) {
      sum += one.f1();
      ++classes;
    }
  return classes == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(classes);
}

std::vector<Confusion::Cell> Confusion::cells() const {
  std::vector<Cell> cells;
  for (const auto& [pair, count] : cells_) cells.push_back({pair.first, pair.second, count});
  return cells;
}

std::vector<Confusion::Cell> Confusion::most_confused(size_t most) const {
  std::vector<Cell> mistakes = cells();
  std::erase_if(mistakes, [](const Cell& cell) { return cell.truth == cell.predicted; });
  std::stable_sort(mistakes.begin(), mistakes.end(),
                   [](const Cell& a, const Cell& b) { return a.count > b.count; });
  if (mistakes.size() > most) mistakes.resize(most);
  return mistakes;
}

Json counts_json(const std::vector<std::string>& names, const std::vector<Confusion::Counts>& counts) {
  Json all = Json::array();
  for (size_t i = 0; i < counts.size(); ++i)
    all.push(Json::object({{"name", i < names.size() ? names[i] : std::to_string(i)},
                           {"examples", counts[i].examples},
                           {"predicted", counts[i].predicted},
                           {"right", counts[i].right},
                           {"precision", counts[i].precision()},
                           {"recall", counts[i].recall()},
                           {"f1", counts[i].f1()}}));
  return all;
}

}  // namespace pare
