// A task: classes again, but judged by whether the right one is among the two with the highest scores.
#include <doctest/doctest.h>

#include "train/task/classification.h"

namespace pare {
namespace {

class TopTwo : public Classification {
 public:
  const char* metric() const override { return "top_two"; }  // "test_top_two" in summary.json
  double metric_sum(const Tensor& outputs, const Batch& batch) const override {
    const Tensor scores = outputs.to(DType::F32);  // (N,K)
    const int64_t classes = scores.shape()[1];
    double right = 0;
    for (int64_t n = 0; n < batch.count(); ++n) {
      const float* const row = scores.data<float>() + n * classes;
      const float mine = row[batch.classes[static_cast<size_t>(n)]];
      int better = 0;
      for (int64_t k = 0; k < classes; ++k) better += row[k] > mine ? 1 : 0;
      right += better < 2 ? 1 : 0;
    }
    return right;
  }
};

TEST_CASE("example: a task counts what it wants") {
  const std::vector<float> row_by_row{5, 3, 1, 5, 3, 1, 5, 3, 1};
  const Tensor scores = Tensor::of({3, 3}, row_by_row);
  const Batch batch{Tensor({3, 1, 1, 1}), {0, 1, 2}};  // the best, the second, the third
  CHECK(TopTwo().metric_sum(scores, batch) == 2);
  CHECK(Classification().metric_sum(scores, batch) == 1);
}

}  // namespace
}  // namespace pare
