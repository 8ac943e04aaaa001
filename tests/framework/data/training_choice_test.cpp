// Which training examples are learnt from: so many of each class, and none of some.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "framework/data/split.h"
#include "framework/data/training_choice.h"
#include "tests/support/data_fixtures.h"

using namespace pare;

namespace {

// 60 examples of the classes "a", "b", "c": 10, 20 and 30.
struct Letters {
  ArraySet examples;
  Spec spec{"letters", {"a", "b", "c"}, {}, {1, 1, 1, Element::F32}};

  Letters()
      : examples({1, 1, 1, Element::F32}, std::vector<float>(60, 0.0f), [] {
          std::vector<int32_t> labels;
          for (int i = 0; i < 60; ++i) labels.push_back(i % 6 == 0 ? 0 : i % 6 < 3 ? 1 : 2);
          return labels;
        }()) {}
  std::map<int, int> counts(const std::vector<int>& indices) const {
    std::map<int, int> counts;
    for (const int index : indices) ++counts[examples.label(index)];
    return counts;
  }
};

}  // namespace

TEST_CASE("training choice: so many of each class, the same for the same draw, whatever else is there") {
  const Letters letters;
  const std::vector<int> all = all_indices(60);
  const TrainingChoice seven{.per_class = 7};
  const std::vector<int> drawn = seven.among(letters.examples, letters.spec, all);
  CHECK(letters.counts(drawn) == std::map<int, int>{{0, 7}, {1, 7}, {2, 7}});
  CHECK(std::ranges::is_sorted(drawn));
  CHECK(std::set<int>(drawn.begin(), drawn.end()).size() == 21);
  CHECK(seven.among(letters.examples, letters.spec, all) == drawn);
  CHECK(TrainingChoice{.per_class = 7, .draw = 2}.among(letters.examples, letters.spec, all) != drawn);
  // Fewer of them are some of those.
  const std::vector<int> few = TrainingChoice{.per_class = 3}.among(letters.examples, letters.spec, all);
  CHECK(std::ranges::includes(drawn, few));
  CHECK(TrainingChoice().among(letters.examples, letters.spec, all) == all);
}

TEST_CASE("training choice: classes that are left out") {
  const Letters letters;
  const TrainingChoice without_b{.without = {"b"}};
  CHECK(letters.counts(without_b.among(letters.examples, letters.spec, all_indices(60))) ==
        std::map<int, int>{{0, 10}, {2, 30}});
  const TrainingChoice few{.per_class = 11, .without = {"a"}};
  CHECK(letters.counts(few.among(letters.examples, letters.spec, all_indices(60))) ==
        std::map<int, int>{{1, 11}, {2, 11}});
}

TEST_CASE("training choice: what cannot be had is refused") {
  const Letters letters;
  const auto refused = [&](const TrainingChoice& choice, const Spec& spec) {
    return failure_of(Failure::Usage, [&] { choice.among(letters.examples, spec, all_indices(60)); });
  };
  CHECK(refused({.per_class = 11}, letters.spec) ==
        "data.per_class: 11 are asked for, but class 'a' has 10 training examples; use fewer");
  CHECK(contains(refused({.without = {"d"}}, letters.spec), "data.without: 'd' is no class of letters"));
  CHECK(contains(refused({.without = {"a", "b", "c"}}, letters.spec),
                 "no training example of letters is left"));
  Spec numbers = letters.spec;
  numbers.values = numbers.classes;
  numbers.classes.clear();
  CHECK(contains(refused({.per_class = 3}, numbers), "data.per_class: is for classes"));
}
