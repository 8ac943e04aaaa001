#include "train/task/reconstruction_tally.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "train/metrics/measures.h"
#include "train/task/reconstruction.h"
#include "train/task/roc.h"
#include "train/task/text_table.h"

namespace pare {
namespace {

// What a share of the numbers, which are sorted, stays at or below, between two of them in proportion; no
// number of none.
double quantile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const double above = sorted[std::min(below + 1, sorted.size() - 1)];
  return sorted[below] + (place - std::floor(place)) * (above - sorted[below]);
}

}  // namespace

void ReconstructionTally::add(const Tensor& outputs, const Batch& batch) {
  const std::vector<double> errors = reconstruction_errors(outputs, batch.inputs);
  for (size_t n = 0; n < errors.size(); ++n, ++examples_) {
    const auto label = batch.classes.empty() ? size_t{0} : static_cast<size_t>(batch.classes[n]);
    if (errors_.size() <= label) errors_.resize(label + 1);
    errors_[label].push_back(errors[n]);
    if (is_learned(label))
      worst_.add({examples_, errors[n],
                  Json::object({{"class", static_cast<int64_t>(label)}, {"error", rounded(errors[n])}})});
  }
}

std::vector<Metric> ReconstructionTally::metrics() const {
  std::vector<Scored> scored;
  for (size_t label = 0; label < errors_.size(); ++label)
    for (const double error : errors_[label])
      scored.push_back({static_cast<float>(error), !is_learned(label)});
  return {{"auc", area_under_roc(std::move(scored))}};
}

std::vector<ReconstructionTally::Row> ReconstructionTally::rows(const Spec& spec) const {
  std::vector<Row> rows;
  for (size_t label = 0; label < errors_.size(); ++label) {
    std::vector<double> sorted = errors_[label];
    if (sorted.empty()) continue;
    std::ranges::sort(sorted);
    const double sum = std::accumulate(sorted.begin(), sorted.end(), 0.0);
    rows.push_back({static_cast<int64_t>(label), label < spec.classes.size() ? spec.classes[label] : "all",
                    is_learned(label), std::ssize(sorted), sum / static_cast<double>(sorted.size()),
                    quantile(sorted, 0.5), quantile(sorted, 0.99)});
  }
  return rows;
}

Json ReconstructionTally::details(const Spec& spec) const {
  Json all = Json::array();
  for (const Row& row : rows(spec))
    all.push(Json::object({{"class", row.label},
                           {"name", row.name},
                           {"learned", row.learned},
                           {"examples", row.examples},
                           {"mean", rounded(row.mean)},
                           {"median", rounded(row.median)},
                           {"p99", rounded(row.p99)}}));
  std::vector<double> usual;
  for (size_t label = 0; label < errors_.size(); ++label)
    if (is_learned(label)) usual.insert(usual.end(), errors_[label].begin(), errors_[label].end());
  std::ranges::sort(usual);
  return Json::object({{"errors", std::move(all)}, {"usual_p99", rounded(quantile(usual, 0.99))}});
}

std::string ReconstructionTally::table(const Spec& spec, int columns) const {
  constexpr int kNumbers = 60;  // characters of the five columns
  const auto most = static_cast<size_t>(std::clamp(columns - kNumbers, 4, 32));
  std::vector<std::vector<std::string>> lines{
      {"class", "learnt", "examples", "mean error", "median", "99 % below"}};
  for (const Row& row : rows(spec))
    lines.push_back({shortened(row.name, most), row.learned ? "yes" : "no", text(row.examples),
                     text(rounded(row.mean)), text(rounded(row.median)), text(rounded(row.p99))});
  return aligned(lines);
}

}  // namespace pare
