// Tallies: what is counted over an evaluation, against numbers worked out by hand.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/data_fixtures.h"
#include "train/task/class_tally.h"
#include "train/task/label_tally.h"
#include "train/task/number_tally.h"
#include "train/task/text_table.h"

using namespace pare;

namespace {

Batch of_classes(std::vector<int32_t> classes) {
  return {Tensor::zeros({std::ssize(classes), 1, 1, 1}), std::move(classes)};
}

Batch of_values(const Shape& shape, const std::vector<float>& values) {
  return {Tensor::zeros({shape[0], 1, 1, 1}), {}, Tensor::of(shape, values)};
}

double value(const Tally& tally, const std::string& name) {
  for (const Metric& metric : tally.metrics())
    if (metric.name == name) return metric.value;
  FAIL("no metric ", name);
  return 0;
}

// One class for each row, by a score of 1.
Tensor scores(const std::vector<int32_t>& taken, int64_t classes) {
  Tensor scores = Tensor::zeros({std::ssize(taken), classes});
  for (size_t n = 0; n < taken.size(); ++n)
    scores.data<float>()[static_cast<int64_t>(n) * classes + taken[n]] = 1;
  return scores;
}

Spec spec_of(std::vector<std::string> classes, std::vector<std::string> values = {}) {
  return {"test", std::move(classes), {}, {}, std::move(values)};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace

TEST_CASE("tally: classes: the confusion matrix, precision, recall, F1") {
  ClassTally tally;
  tally.add(scores({0, 0, 1}, 3), of_classes({0, 0, 0}));
  tally.add(scores({1, 0}, 3), of_classes({1, 1}));  // nobody is of class 2, nor taken for it
  const Spec spec = spec_of({"cat", "dog", "owl"});
  const Json details = tally.details(spec);
  const Json& cat = details.find("classes")->items()[0];
  CHECK(cat.find("name")->string() == "cat");
  CHECK(cat.find("examples")->integer() == 3);
  CHECK(cat.find("predicted")->integer() == 3);
  CHECK(cat.find("right")->integer() == 2);
  CHECK(cat.find("precision")->number() == doctest::Approx(2.0 / 3));
  CHECK(cat.find("recall")->number() == doctest::Approx(2.0 / 3));
  CHECK(details.find("classes")->items().size() == 3);
  CHECK(std::isnan(details.find("classes")->items()[2].find("f1")->number()));  // null in a file
  CHECK(dump_line(*details.find("confusion")) == "[[0,0,2],[0,1,1],[1,0,1],[1,1,1]]");
  CHECK(value(tally, "macro_f1") == doctest::Approx((2.0 / 3 + 1.0 / 2) / 2));  // of the two that occur
  CHECK(tally.metrics().size() == 1);
  CHECK(tally.table(spec, 80) ==
        "each row: a class; each column: what its examples were taken for\n"
        "     cat  dog  owl\n"
        "cat    2    1    .\n"
        "dog    1    1    .\n"
        "owl    .    .    .\n"
        "\n"
        "class  examples  taken for  recall  precision     F1\n"
        "cat           3          3   0.667      0.667  0.667\n"
        "dog           2          2   0.500      0.500  0.500\n"
        "owl           0          0       -          -      -\n");
}

TEST_CASE("tally: classes: the best five of more, and of equal scores the first") {
  ClassTally tally;
  const std::vector<float> row{6, 5, 4, 3, 2, 1, 1};
  for (int32_t truth = 0; truth < 7; ++truth) tally.add(Tensor::of({1, 7}, row), of_classes({truth}));
  CHECK(value(tally, "top5_accuracy") == doctest::Approx(5.0 / 7));
  ClassTally equal;
  for (int32_t truth = 0; truth < 7; ++truth) equal.add(Tensor::zeros({1, 7}), of_classes({truth}));
  CHECK(value(equal, "top5_accuracy") == doctest::Approx(5.0 / 7));  // whichever is right: five of seven
}

TEST_CASE("tally: the area under the ROC curve counts ties half") {
  CHECK(area_under_roc({{0.1f, false}, {0.4f, false}, {0.35f, true}, {0.8f, true}}) == 0.75);
  CHECK(area_under_roc({{1, false}, {1, true}}) == 0.5);
  CHECK(area_under_roc({{2, false}, {1, true}}) == 0);
  CHECK(std::isnan(area_under_roc({{1, true}})));
  ClassTally tally;
  tally.add(Tensor::of({3, 2}, std::vector<float>{0, 1, 0, 3, 2, 0}), of_classes({0, 1, 0}));
  CHECK(value(tally, "auc") == 1);
}

TEST_CASE("tally: a matrix that does not fit becomes the pairs that are confused most") {
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) names.push_back(text("größte Straße ", i));
  ClassTally tally;
  std::vector<int32_t> truth, taken;
  for (int i = 0; i < 100; ++i)
    for (int k = 0; k < 10; ++k) {
      truth.push_back(i);
      taken.push_back(k < i / 20 ? (i + 1) % 100 : i);
    }
  for (int k = 0; k < 7; ++k) {
    truth.push_back(3);
    taken.push_back(90);
  }
  tally.add(scores(taken, 100), of_classes(truth));
  for (const int columns : {40, 80, 200}) {
    const std::vector<std::string> lines = lines_of(tally.table(spec_of(names), columns));
    CHECK(contains(lines[0], "the 100 classes are too many"));
    CHECK(contains(lines[2], columns == 40 ? "grö" : "größte Straße 3"));
    CHECK(contains(lines[2], "41.2 %"));  // 7 of 17
    CHECK(lines.size() < 60);
    if (columns >= 80)
      for (const std::string& line : lines) CHECK(length_of(line) <= static_cast<size_t>(columns));
  }
  CHECK(contains(tally.table(spec_of(names), 80), "the 30 of 100 with the lowest F1"));
  CHECK(shortened("größte", 4) == "grö~");
  CHECK(shortened("größte", 6) == "größte");
}

TEST_CASE("tally: numbers: R2, RMSE and mean error of each and of all, exact far from zero") {
  NumberTally tally;
  const double far = 1 << 20;
  std::vector<float> targets, outputs;
  double squares = 0, mean = 0;
  for (int i = 0; i < 2000; ++i) {
    targets.insert(targets.end(), {static_cast<float>(far + i % 7), static_cast<float>(i % 3)});
    outputs.insert(outputs.end(), {static_cast<float>(far + i % 7 + (i % 2 == 0 ? 0.5 : -0.5)), 1.0f});
    mean += (i % 7) / 2000.0;
  }
  for (int i = 0; i < 2000; ++i) squares += (i % 7 - mean) * (i % 7 - mean);
  for (int part = 0; part < 2; ++part) {
    const auto half = [&](const std::vector<float>& all) {
      return std::vector<float>(all.begin() + part * 2000, all.begin() + part * 2000 + 2000);
    };
    tally.add(Tensor::of({1000, 2}, half(outputs)), of_values({1000, 2}, half(targets)));
  }
  const Json details = tally.details(spec_of({}, {"price", "grade"}));
  const Json& price = details.find("values")->items()[0];
  CHECK(price.find("name")->string() == "price");
  CHECK(price.find("rmse")->number() == doctest::Approx(0.5));
  CHECK(price.find("absolute_error")->number() == doctest::Approx(0.5));
  CHECK(price.find("mean")->number() == doctest::Approx(far + mean).epsilon(1e-12));
  CHECK(price.find("r2")->number() == doctest::Approx(1 - 2000 * 0.25 / squares));
  CHECK(price.find("true")->items().size() == price.find("predicted")->items().size());
  CHECK(price.find("true")->items().size() == 1000);  // every second of 2,000
  const Json& grade = details.find("values")->items()[1];
  CHECK(grade.find("r2")->number() ==
        doctest::Approx(0).epsilon(1e-3));  // guessing the mean explains nothing
  CHECK(value(tally, "r2") == doctest::Approx((price.find("r2")->number() + grade.find("r2")->number()) / 2));
  CHECK(value(tally, "rmse") ==
        doctest::Approx(std::sqrt((0.25 + std::pow(grade.find("rmse")->number(), 2)) / 2)));
  CHECK(lines_of(tally.table(spec_of({}, {"price", "grade"}), 80)).size() == 3);
}

TEST_CASE("tally: of numbers that are all the same there is no R2") {
  NumberTally tally;
  tally.add(Tensor::full({3, 1}, 2), of_values({3, 1}, {1, 1, 1}));
  CHECK(std::isnan(value(tally, "r2")));
  CHECK(value(tally, "rmse") == 1);
}

TEST_CASE("tally: labels: F1 over all and of each") {
  LabelTally tally;
  // right: two of three found, nothing wrong; left: one found, one wrong, none missed
  tally.add(Tensor::of({4, 2}, std::vector<float>{1, -1, 2, 3, -1, 1, -2, -3}),
            of_values({4, 2}, {1, 0, 1, 1, 1, 0, 0, 0}));
  const double right = 4.0 / 5, left = 2.0 / 3;
  CHECK(value(tally, "macro_f1") == doctest::Approx((right + left) / 2));
  CHECK(value(tally, "micro_f1") == doctest::Approx(6.0 / 8));
  const Json details = tally.details(spec_of({}, {"right", "left"}));
  CHECK(details.find("labels")->items()[1].find("auc")->number() == 1);
  CHECK(details.find("labels")->items()[0].find("recall")->number() == doctest::Approx(2.0 / 3));
}

TEST_CASE("tally: the worst answers come first, and of equally wrong ones the first") {
  ClassTally classes;
  Tensor sure = Tensor::of({4, 2}, std::vector<float>{0, 1, 0, 3, 5, 0, 0, 1});
  classes.add(sure, of_classes({0, 0, 0, 0}));  // the third is right
  const std::vector<WrongAnswer> wrong = classes.worst();
  REQUIRE(wrong.size() == 3);
  CHECK(wrong[0].example == 1);
  CHECK(wrong[0].wrongness == doctest::Approx(std::log1p(std::exp(3.0))));
  CHECK(dump_line(wrong[0].said) == R"({"true":0,"taken":1,"score":0.952574})");
  CHECK(wrong[1].example == 0);
  CHECK(wrong[2].example == 3);

  NumberTally numbers;  // the second value is a hundred times as large
  numbers.add(Tensor::of({3, 2}, std::vector<float>{1, 100, 2, 205, 6, 300}),
              of_values({3, 2}, {1, 100, 2, 200, 3, 300}));
  CHECK(numbers.worst()[0].example == 2);
  CHECK(dump_line(numbers.worst()[0].said) == R"({"value":0,"true":3.0,"predicted":6.0})");
  CHECK(numbers.worst()[1].example == 1);

  LabelTally labels;
  labels.add(Tensor::of({2, 2}, std::vector<float>{4, -2, 1, 1}), of_values({2, 2}, {1, 1, 0, 1}));
  REQUIRE(labels.worst().size() == 2);
  CHECK(labels.worst()[0].example == 0);
  CHECK(dump_line(labels.worst()[0].said) == R"({"label":1,"true":1,"score":0.119203})");
}

TEST_CASE("tally: no more answers are kept than a page shows") {
  ClassTally tally;
  for (int i = 0; i < 100; ++i)
    tally.add(Tensor::of({1, 2}, std::vector<float>{0, static_cast<float>(i % 50)}), of_classes({0}));
  const std::vector<WrongAnswer> wrong = tally.worst();
  REQUIRE(wrong.size() == Worst::kKept);
  CHECK(wrong.front().example == 49);
  CHECK(wrong[1].example == 99);
  CHECK(wrong.back().example == 88);
}
