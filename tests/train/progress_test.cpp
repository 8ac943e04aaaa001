// What a person watching a run sees.
#include "train/metrics/progress.h"

#include <doctest/doctest.h>

#include "tests/support/training_runs.h"

using namespace pare;

TEST_CASE("progress: a line keeps what matters most when it does not fit") {
  const std::vector<LinePart> parts{
      {0, "epoch 1/25"}, {3, "loss 0.57"}, {1, "validation 83.26 %"}, {2, "149,235 bytes"}};
  CHECK(fitted_line(parts, 100) == "epoch 1/25  loss 0.57  validation 83.26 %  149,235 bytes");
  CHECK(fitted_line(parts, 50) == "epoch 1/25  validation 83.26 %  149,235 bytes");
  CHECK(fitted_line(parts, 40) == "epoch 1/25  validation 83.26 %");
  CHECK(fitted_line(parts, 5) == "epoch 1/25");
  CHECK(fitted_line({{0, "a"}, {1, ""}, {2, "b"}}, 80) == "a  b");
}

TEST_CASE("progress: a run of less than an epoch counts steps") {
  const TrainingRuns place;
  const Result result = place.train("run", {"--set", "epochs=7it"});
  CHECK_MESSAGE(contains(result.out, "step 7/7  loss "), result.out);
  CHECK(contains(result.out, " bits/weight  channels "));
}
