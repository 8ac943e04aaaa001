// The constant matrices of Winograd's minimal filtering F(4, r).
//
// Four neighbouring outputs y of a correlation with r taps g cost r + 3 products instead of 4 r:
//   y = A^T [(G g) * (B^T d)],   d the r + 3 inputs they see
// because a product of polynomials is known from its values at enough points (Toom and Cook; Winograd,
// "Arithmetic Complexity of Computations", 1980; Lavin & Gray, "Fast Algorithms for Convolutional Neural
// Networks", 2016). In two dimensions each matrix is applied from both sides.
#pragma once

#include <array>
#include <cstddef>

namespace pare {

template <size_t kRows, size_t kColumns>
using Matrix = std::array<std::array<float, kColumns>, kRows>;

template <size_t kRows, size_t kColumns>
constexpr Matrix<kColumns, kRows> transposed(const Matrix<kRows, kColumns>& matrix) {
  Matrix<kColumns, kRows> result{};
  for (size_t i = 0; i < kRows; ++i)
    for (size_t j = 0; j < kColumns; ++j) result[j][i] = matrix[i][j];
  return result;
}

template <int kTaps>
struct Winograd {
  static constexpr int kOutputs = 4;  // along one axis
  static constexpr int kInputs = kOutputs + kTaps - 1;
  static constexpr int kPlaces = kInputs * kInputs;  // products of a tile
  static constexpr int kPoints = kInputs - 1;        // and infinity
  // Rounding errors grow with the powers of the points and of their inverses; of the small fractions these
  // were the best (against doubles: root mean square 6e-7 of the output's for 3 taps, 2e-6 for 5, the direct
  // sum's being 2e-7).
  static constexpr std::array<double, 7> kPoint = kTaps == 3
                                                      ? std::array<double, 7>{0, 0.625, -0.625, 1.5, -1.5}
                                                      : std::array<double, 7>{0, 0.5, -0.5, 1, -1, 2, -2};
  static_assert(kTaps == 3 || kTaps == 5);

  // Row j: the coefficients of the product of (x - p) over all points p but the j-th; in the last row over
  // all.
  static constexpr Matrix<kInputs, kInputs> kInput = [] {
    Matrix<kInputs, kInputs> result{};
    for (int j = 0; j < kInputs; ++j) {
      std::array<double, kInputs + 1> product = {1};
      for (int k = 0; k < kPoints; ++k) {
        if (k == j) continue;
        for (int i = kInputs; i > 0; --i) product[i] = product[i - 1] - kPoint[k] * product[i];
        product[0] *= -kPoint[k];
      }
      for (int i = 0; i < kInputs; ++i) result[j][i] = static_cast<float>(product[i]);
    }
    return result;
  }();

  // The kernel's polynomial at each point, over the product of that point's distances from the others.
  static constexpr Matrix<kInputs, kTaps> kKernel = [] {
    Matrix<kInputs, kTaps> result{};
    for (int j = 0; j < kPoints; ++j) {
      double value = 1;
      for (int k = 0; k < kPoints; ++k)
        if (k != j) value /= kPoint[j] - kPoint[k];
      for (int i = 0; i < kTaps; ++i, value *= kPoint[j]) result[j][i] = static_cast<float>(value);
    }
    result[kPoints][kTaps - 1] = 1;
    return result;
  }();

  // Powers of the points.
  static constexpr Matrix<kOutputs, kInputs> kOutput = [] {
    Matrix<kOutputs, kInputs> result{};
    for (int j = 0; j < kPoints; ++j) {
      double value = 1;
      for (int i = 0; i < kOutputs; ++i, value *= kPoint[j]) result[i][j] = static_cast<float>(value);
    }
    result[kOutputs - 1][kPoints] = 1;
    return result;
  }();

  static constexpr auto kInputGradient = transposed(kInput);
  static constexpr auto kKernelGradient = transposed(kKernel);
  static constexpr auto kOutputGradient = transposed(kOutput);
};

}  // namespace pare
