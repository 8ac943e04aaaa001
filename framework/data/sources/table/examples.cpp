#include "framework/data/sources/table/examples.h"

#include <algorithm>
#include <numeric>

namespace pare {

Asked asked_of(const TableFile& file, const Roles& roles, const Classes& classes) {
  Asked asked;
  asked.values_each = static_cast<int>(roles.targets.size());
  for (size_t row = 0; row < file.rows(); ++row) {
    if (roles.label) asked.classes.push_back(classes.of(file, row, *roles.label));
    for (const size_t target : roles.targets)
      asked.values.push_back(number_in(
          file, row, target, "", "; for classes to tell apart, write \"label\" instead of \"targets\""));
  }
  return asked;
}

Groups groups_of(const TableFile& file, const Roles& roles) {
  Groups groups;
  for (size_t row = 0; row < file.rows(); ++row)
    groups.add(roles.group ? std::string(file.cell(row, *roles.group)) : "");
  return groups;
}

std::vector<bool> held_out_rows(const TableFile& file, const Roles& roles, const Asked& asked,
                                const HoldOut& hold) {
  if (hold.test_share == 0) return std::vector<bool>(file.rows(), false);
  const auto class_of = [&](size_t row) { return asked.label(static_cast<int>(row)); };
  std::vector<Unit> units;
  if (!roles.group) {
    for (size_t row = 0; row < file.rows(); ++row)
      units.push_back({draw_of(hold.split_seed, row), class_of(row)});
    return hold_out(units, hold.test_share);
  }
  constexpr int kMixed = -1;  // a group of several classes
  const Groups groups = groups_of(file, roles);
  for (const std::string& name : groups.names) units.push_back({draw_of(hold.split_seed, name), kMixed - 1});
  for (size_t row = 0; row < file.rows(); ++row) {
    int& stratum = units[static_cast<size_t>(groups.of_each[row])].stratum;
    stratum = stratum == kMixed - 1 || stratum == class_of(row) ? class_of(row) : kMixed;
  }
  const std::vector<bool> held_groups = hold_out(units, hold.test_share);
  std::vector<bool> held;
  for (const int group : groups.of_each) held.push_back(held_groups[static_cast<size_t>(group)]);
  return held;
}

Pieces pieces_of(const Groups& groups, const Asked& asked, int window, int hop) {
  Pieces pieces;
  pieces.order.resize(groups.of_each.size());
  std::iota(pieces.order.begin(), pieces.order.end(), 0);
  const auto group = [&](int row) { return groups.of_each[static_cast<size_t>(row)]; };
  std::stable_sort(pieces.order.begin(), pieces.order.end(),
                   [&](int a, int b) { return group(a) < group(b); });
  const int rows = static_cast<int>(pieces.order.size());
  const auto row_at = [&](int i) { return pieces.order[static_cast<size_t>(i)]; };
  for (int begin = 0, end = 0; begin < rows; begin = end) {
    while (end < rows && group(row_at(end)) == group(row_at(begin))) ++end;
    if (end - begin < window) ++pieces.short_groups;
    for (int start = begin; start <= end - window; start += hop) {
      bool agree = true;
      for (int i = start + 1; i < start + window; ++i) agree = agree && asked.same(row_at(start), row_at(i));
      if (agree)
        pieces.starts.push_back(start);
      else
        ++pieces.contradictory;
    }
  }
  return pieces;
}

}  // namespace pare
